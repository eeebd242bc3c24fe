package dev.lowtide.plan;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hashing;
import dev.lowtide.HostEnvironment;
import dev.lowtide.HostEnvironment.OperatingSystem;
import dev.lowtide.fs.ForeignFile;
import dev.lowtide.fs.Stat;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Identifies the machine and the user that made a plan. It is stored as a hash, because
 * machine-id(5) requires that the id itself does not leave the machine.
 */
final class PlanOrigin {
  private static final int MAX_NAME_BYTES = 256;

  /** Enough to distinguish machines. */
  private static final int DIGITS = 32;

  private PlanOrigin() {}

  static String of(HostEnvironment host) {
    String user = isThisMachine(host) ? Integer.toUnsignedString(Stat.currentUser()) : "";
    // Not an HMAC: making the first one takes the JDK ten milliseconds
    return Hashing.sha256()
        .hashString("a plan of lowtide by user " + user + " on " + machine(host), UTF_8)
        .toString()
        .substring(0, DIGITS);
  }

  /** The id of the machine; its name if it has no id, as in many containers. */
  private static String machine(HostEnvironment host) {
    return (host.operatingSystem() == OperatingSystem.LINUX
            ? host.configuration(host.path("/etc/machine-id"))
            : Optional.<String>empty())
        .map(String::strip)
        .filter(id -> !id.isEmpty())
        .orElseGet(() -> isThisMachine(host) ? name() : "unknown");
  }

  private static String name() {
    try {
      return "name "
          + ForeignFile.readKernelFile(Path.of("/proc/sys/kernel/hostname"), MAX_NAME_BYTES);
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static boolean isThisMachine(HostEnvironment host) {
    return host.home().getFileSystem().equals(FileSystems.getDefault());
  }
}

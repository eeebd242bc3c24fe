package dev.lowtide;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.google.common.collect.ImmutableSet;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitCallTarget;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.io.FileInputStream;
import java.io.FileReader;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.SecureDirectoryStream;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The rule by which no reader of files can be forgotten, for all modules. */
public final class ReadingRules {
  /** The classes of {@code fs} that open files by themselves, and why they may. */
  private static final Map<String, String> REASONS =
      Map.ofEntries(
          Map.entry("ForeignFile", "the one class"),
          Map.entry("OpenFile", "opens for it"),
          Map.entry(
              "AnchoredDirectory",
              "opens relative to a descriptor what its callers have looked at"),
          Map.entry("PathDirectory", "the same, by paths"),
          Map.entry("LinuxDirectory", "the same; for sync, itself"),
          Map.entry("MountTable", "reads /proc/self/mountinfo, of any length"),
          Map.entry("LockTable", "reads /proc/locks, of any length"),
          Map.entry("ProcFs", "reads /proc"),
          Map.entry("ProcessScan", "reads /proc under a deadline of its own"),
          Map.entry("ReadingMark", "holds a lock on a file of its own in /proc"),
          Map.entry("RunningProcess", "reads /proc"));

  /** Their names in full. */
  static final String[] EXCEPTIONS =
      REASONS.keySet().stream().map(name -> "dev.lowtide.fs." + name).toArray(String[]::new);

  private static final Set<String> READS =
      ImmutableSet.of(
          "copy",
          "lines",
          "mismatch",
          "newBufferedReader",
          "newByteChannel",
          "newInputStream",
          "readAllBytes",
          "readAllLines",
          "readString");

  private ReadingRules() {}

  /**
   * @param exceptions packages, or classes in full, that may open files
   */
  @SuppressWarnings("exports") // who calls this has ArchUnit
  public static ArchRule filesAreReadThroughOneClass(String... exceptions) {
    return noClasses()
        .that(describe("are not " + String.join(", ", exceptions), each -> !isIn(each, exceptions)))
        .should()
        .callCodeUnitWhere(opensAFile())
        .because("it may be a named pipe, or have no end: read it by ForeignFile");
  }

  private static boolean isIn(JavaClass each, String... exceptions) {
    return Stream.of(exceptions)
        .anyMatch(
            exception ->
                each.getPackageName().equals(exception)
                    || each.getName().equals(exception)
                    || each.getName().startsWith(exception + "$"));
  }

  private static DescribedPredicate<JavaCall<?>> opensAFile() {
    return describe("opens a file for reading", call -> opensAFile(call.getTarget()));
  }

  private static boolean opensAFile(CodeUnitCallTarget target) {
    JavaClass owner = target.getOwner();
    String name = target.getName();
    return (owner.isEquivalentTo(Files.class) && READS.contains(name))
        || (owner.isEquivalentTo(FileChannel.class) && name.equals("open"))
        || (owner.isAssignableTo(SecureDirectoryStream.class) && name.equals("newByteChannel"))
        || (name.equals("<init>")
            && (owner.isEquivalentTo(FileInputStream.class)
                || owner.isEquivalentTo(FileReader.class)
                || owner.isEquivalentTo(RandomAccessFile.class)))
        || (owner.getName().equals("org.tomlj.Toml")
            && name.equals("parse")
            && !target.getRawParameterTypes().get(0).isEquivalentTo(String.class));
  }
}

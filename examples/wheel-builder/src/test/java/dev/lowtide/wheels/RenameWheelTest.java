package dev.lowtide.wheels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lowtide.testing.ChildProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Python script that renames wheels. */
class RenameWheelTest {
  @TempDir Path directory;

  /** Writes a wheel as setuptools does, with a program that may be executed. */
  private static final String WRITE =
      """
      import base64, hashlib, sys, zipfile
      path, base = sys.argv[1:]
      files = {
          "pkg/__init__.py": "x = 1\\n",
          base + ".data/scripts/run": "#!/bin/sh\\n",
          base + ".dist-info/METADATA":
              "Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n\\nName: not this\\n" % tuple(base.split("-")),
          base + ".dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
      }
      record = ""
      with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
          for name, text in files.items():
              entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
              entry.external_attr = (0o100755 if name.endswith("run") else 0o100644) << 16
              wheel.writestr(entry, text)
              digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
              record += "%s,sha256=%s,%d\\n" % (name, digest, len(text))
          wheel.writestr(base + ".dist-info/RECORD", record + base + ".dist-info/RECORD,,\\n")
      """;

  /** Checks each line of RECORD, and prints what a wheel declares and contains. */
  private static final String READ =
      """
      import base64, csv, hashlib, io, sys, zipfile
      wheel = zipfile.ZipFile(sys.argv[1])
      names = [name for name in wheel.namelist() if not name.endswith("/")]
      info = next(name for name in names if name.endswith("/METADATA")).split("/")[0]
      for name, digest, size in csv.reader(io.StringIO(wheel.read(info + "/RECORD").decode())):
          names.remove(name)
          data = wheel.read(name)
          expected = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
          assert not digest or (digest, int(size)) == ("sha256=" + expected, len(data)), name
      assert not names, names
      print(*wheel.read(info + "/METADATA").decode().split("\\n")[1:5], sep="|")
      print(info)
      print(*sorted("%s %o" % (entry.filename, entry.external_attr >> 16) for entry in wheel.infolist()
                    if entry.filename.endswith("run")))
      """;

  private Path wheel(String base) {
    Path wheel = directory.resolve(base + "-py3-none-any.whl");
    ChildProcess.run(directory, "python3", "-c", WRITE, wheel.toString(), base);
    return wheel;
  }

  private String rename(Path wheel, String nameSuffix, String versionSuffix) {
    return ChildProcess.run(
            directory,
            "python3",
            "-c",
            Matrix.resource("rename_wheel.py"),
            wheel.toString(),
            nameSuffix,
            versionSuffix)
        .strip();
  }

  @ParameterizedTest
  @CsvSource({
    "1.2.3,     .post4, 1.2.3.post4",
    "1.2.3+cpu, .dev1,  1.2.3.dev1+cpu",
    "1.2rc1,    '',     1.2rc1"
  })
  void aRenamedWheelHasTheNameAndVersionEverywhereAndIsOtherwiseTheSame(
      String version, String suffix, String expected) {
    String renamed = rename(wheel("my_pkg-" + version), "-cpu-avx512", suffix);

    assertThat(renamed)
        .isEqualTo(directory + "/my_pkg_cpu_avx512-" + expected + "-py3-none-any.whl");
    assertThat(ChildProcess.run(directory, "python3", "-c", READ, renamed))
        .isEqualTo(
            "Name: my_pkg-cpu-avx512|Version: "
                + expected
                + "||Name: not this\nmy_pkg_cpu_avx512-"
                + expected
                + ".dist-info\nmy_pkg_cpu_avx512-"
                + expected
                + ".data/scripts/run 100755\n");
    assertThat(directory.toFile().list()).hasSize(1);
  }

  @Test
  void aVersionBetweenReleasesGetsNoSuffix() {
    Path wheel = wheel("pkg-1.2.dev3+gabcdef");

    assertThatThrownBy(() -> rename(wheel, "", ".post1"))
        .hasMessageContaining("needs a release, and the version is 1.2.dev3+gabcdef");
    assertThat(wheel).exists();
  }
}

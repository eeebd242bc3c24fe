package dev.lowtide.testing;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import com.google.common.io.MoreFiles;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitCallTarget;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileReader;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.util.Map;
import java.util.Scanner;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.ZipFile;

/** The rule by which no reader and no writer of files can be forgotten, for all modules. */
public final class ReadingRules {
  private static final Set<String> OPENS =
      ImmutableSet.of(
          "copy",
          "lines",
          "mismatch",
          "newBufferedReader",
          "newBufferedWriter",
          "newByteChannel",
          "newInputStream",
          "newOutputStream",
          "readAllBytes",
          "readAllLines",
          "readString",
          "write",
          "writeString");

  private ReadingRules() {}

  /**
   * Checks that a module opens files only through {@code ForeignFile}, and to write into them,
   * through {@code OutputFile}.
   *
   * @param one a class of the module
   * @param exceptions classes, by their full names, that open files by themselves, and why they may
   */
  public static void check(Class<?> one, Map<String, String> exceptions) {
    JavaClasses module = moduleOf(one);
    assertThat(module).extracting(JavaClass::getName).contains(one.getName());
    noClasses()
        .that(describe("have no reason to", each -> !exceptions.containsKey(outermost(each))))
        .should()
        .callCodeUnitWhere(opensAFile())
        .because(
            "it may be a named pipe, or have no end: read it by ForeignFile, write it by"
                + " OutputFile")
        .check(module);
    Set<String> needed =
        module.stream()
            .filter(ReadingRules::opensFiles)
            .map(ReadingRules::outermost)
            .collect(Collectors.toSet());
    assertThat(exceptions.keySet())
        .filteredOn(module::contain) // without a newer JDK, the native layer is not built
        .isSubsetOf(needed);
  }

  /** The main classes of a module, wherever they were compiled or packed to. */
  public static JavaClasses moduleOf(Class<?> one) {
    String name = one.getName().replace('.', '/') + ".class";
    String url = one.getResource("/" + name).toString();
    Location main = Location.of(URI.create(url.substring(0, url.lastIndexOf(name))));
    return new ClassFileImporter().importLocations(Set.of(main));
  }

  private static String outermost(JavaClass each) {
    String name = each.getName();
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }

  private static boolean opensFiles(JavaClass each) {
    return each.getCodeUnitCallsFromSelf().stream().anyMatch(call -> opensAFile(call.getTarget()));
  }

  private static DescribedPredicate<JavaCall<?>> opensAFile() {
    return describe("opens a file", call -> opensAFile(call.getTarget()));
  }

  private static boolean opensAFile(CodeUnitCallTarget target) {
    JavaClass owner = target.getOwner();
    String name = target.getName();
    return (owner.isEquivalentTo(Files.class) && OPENS.contains(name))
        || (owner.isEquivalentTo(FileChannel.class) && name.equals("open"))
        || (owner.isEquivalentTo(AsynchronousFileChannel.class) && name.equals("open"))
        || (owner.isAssignableTo(SecureDirectoryStream.class) && name.equals("newByteChannel"))
        || (owner.isEquivalentTo(MoreFiles.class) && name.endsWith("Source"))
        || owner.isEquivalentTo(com.google.common.io.Files.class)
        || (name.equals("<init>")
            && (owner.isEquivalentTo(FileInputStream.class)
                || owner.isEquivalentTo(FileReader.class)
                || owner.isEquivalentTo(RandomAccessFile.class)
                || owner.isAssignableTo(ZipFile.class)
                || (owner.isEquivalentTo(Scanner.class) && takesAFile(target))))
        || (owner.getName().equals("org.tomlj.Toml")
            && name.equals("parse")
            && !target.getRawParameterTypes().get(0).isEquivalentTo(String.class));
  }

  private static boolean takesAFile(CodeUnitCallTarget target) {
    JavaClass first = target.getRawParameterTypes().get(0);
    return first.isEquivalentTo(Path.class) || first.isEquivalentTo(File.class);
  }
}

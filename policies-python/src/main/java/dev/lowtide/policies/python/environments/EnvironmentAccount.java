package dev.lowtide.policies.python.environments;

import dev.lowtide.FileKind;
import dev.lowtide.HostEnvironment;
import dev.lowtide.policies.python.files.BytecodeName;
import dev.lowtide.policy.Account;
import dev.lowtide.policy.Account.Explanation;
import dev.lowtide.policy.Marker;
import dev.lowtide.probe.Entry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Explains the files of a virtual environment: those that venv, virtualenv and uv write, those that
 * packages recorded when they were installed, and the bytecode of these.
 *
 * <p>The files that the tools write have no record. They are all written within seconds, so a
 * script that changed later than the others was edited by a person.
 */
final class EnvironmentAccount {
  /** The longest time in which a tool writes all scripts, on a busy machine. */
  private static final Duration TOLERANCE = Duration.ofSeconds(2);

  /** Deeper than any package; nothing deeper is explained. */
  private static final int MAX_DEPTH = 100;

  /** The directories that contain {@code site-packages}, by the schemes of sysconfig. */
  private static final Pattern LIBRARY =
      Pattern.compile("((local/)?(lib|lib64)/(python|pypy|graalpy)[0-9]+(\\.[0-9]+)?[td]?|Lib)/");

  private static final int MAX_TEXT = 1 << 16;
  private static final String BYTECODE = "__pycache__";
  private static final String UNRECORDED = "is in no installed package";

  /** The scripts of venv in CPython 3.3 to 3.14, virtualenv 16 to 21, and uv 0.8. */
  private static final Pattern ACTIVATION_SCRIPT =
      Pattern.compile(
          "(bin|Scripts)/(activate(\\.(csh|fish|nu|ps1|xsh|bat))?|Activate\\.ps1|activate_this\\.py"
              + "|deactivate\\.(bat|csh|nu)|pydoc\\.bat)");

  /**
   * Links to the interpreter or copies of it; the third group is its version, if its name has one.
   */
  private static final Pattern INTERPRETER =
      Pattern.compile("(bin|Scripts)/(python|pypy|graalpy)w?([0-9](?:\\.[0-9]+)?)?t?(\\.exe)?");

  /** Libraries that a copied interpreter needs on Windows. */
  private static final Pattern LIBRARY_OF_INTERPRETER =
      Pattern.compile("(bin|Scripts)/(python|pypy|vcruntime)[0-9_]*\\.dll");

  /** The hook of virtualenv 20 and 21 into distutils. */
  private static final Pattern VIRTUALENV_HOOK =
      Pattern.compile("(lib|lib64|Lib)/(.+/)?site-packages/_virtualenv\\.(py|pth)");

  /** The last name, &#x1D70B;thon, is a joke in Python 3.14. */
  private static final Pattern TOOL_LINK =
      Pattern.compile("lib64|\\.Python|local/(bin|lib|include)|bin/\uD835\uDF0Bthon");

  /** Headers that virtualenv up to 20.21 links for Python 2. */
  private static final Pattern PYTHON2_HEADERS = Pattern.compile("include/python(2\\.[0-9])");

  /** Empty scripts that virtualenvwrapper 4 to 6 writes for users to fill in. */
  private static final Pattern EMPTY_HOOK =
      Pattern.compile(
          "(bin|Scripts)/((pre|post)(de)?activate|get_env_details)(\\.(bat|ps1|fish|csh))?");

  /** The first lines of scripts that {@code setup.py develop} and {@code easy_install} write. */
  private static final Pattern EASY_INSTALL_SCRIPT =
      Pattern.compile(
          "\\A#!.*\\R(?:#(?! ?EASY-INSTALL-).*+\\R)*+# ?EASY-INSTALL-(ENTRY-|DEV-)?SCRIPT: ");

  /** Contains only the name of the tool that installed a package. */
  private static final Pattern INSTALLER =
      Pattern.compile(".+/(site|dist)-packages/[^/]+\\.dist-info/INSTALLER");

  private static final Set<String> INSTALLERS = Set.of("pip", "uv", "poetry", "conda", "pdm");

  /** An empty file of virtualenv 20 and 21, which the record lists without a size. */
  private static final String VIRTUALENV_MARK = ".virtualenv";

  private static final Set<String> EASY_INSTALL_FILES =
      Set.of("easy-install.pth", "setuptools.pth");

  /** The result of pip's check for a newer pip on PyPI; written by pip up to 10. */
  private static final String SELF_CHECK = "pip-selfcheck.json";

  private static final String CACHE_TAG_SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55";

  /**
   * The comments of venv in CPython 3.13 and 3.14, virtualenv 20 and 21, tox 4, nox, and pytest.
   */
  private static final Pattern TOOL_COMMENT =
      Pattern.compile(
          "# (created by (virtualenv|tox) automatically|Created by (pytest|nox) automatically\\.?"
              + "|Created by venv; see https://docs\\.python\\.org/3/library/venv\\.html"
              + "|This file is a cache directory tag created by (Python virtualenv|pytest)\\."
              + "|For information about cache directory tags, see:)"
              + "|#\\s+https?://(bford\\.info|www\\.brynosaurus\\.com)/cachedir/(spec\\.html)?");

  private final Entry environment;
  private final InstalledFiles installed;
  private final boolean isVirtualEnvironment;
  private final Explanation.Builder explanation = new Explanation.Builder();
  private Instant scriptsWrittenBy = Instant.MAX;

  private EnvironmentAccount(
      Entry environment, InstalledFiles installed, boolean isVirtualEnvironment) {
    this.environment = environment;
    this.installed = installed;
    this.isVirtualEnvironment = isVirtualEnvironment;
  }

  /** {@link Account#explain} of the policies that propose virtual environments. */
  static Explanation explain(Entry environment, HostEnvironment host) {
    return explain(environment, path -> false);
  }

  /**
   * Explains one environment.
   *
   * @param alsoExplained the paths, relative to the environment, that the caller explains
   */
  static Explanation explain(Entry environment, Predicate<String> alsoExplained) {
    return VenvSettings.of(environment).isEmpty()
        ? Explanation.unexplained(environment, "has no pyvenv.cfg that names an interpreter")
        : new EnvironmentAccount(environment, new InstalledFiles(), true).explain(alsoExplained);
  }

  /** Explains an environment of conda, in which every file belongs to a package. */
  static Explanation explain(Entry environment, InstalledFiles byConda, Predicate<String> ofConda) {
    return new EnvironmentAccount(environment, byConda, false).explain(ofConda);
  }

  private Explanation explain(Predicate<String> alsoExplained) {
    findPackages(environment, "", 0);
    scriptsWrittenBy =
        environment.children().stream()
            .filter(child -> child.name().equals("bin") || child.name().equals("Scripts"))
            .flatMap(programs -> programs.children().stream())
            .filter(program -> ACTIVATION_SCRIPT.matcher("bin/" + program.name()).matches())
            .map(EnvironmentAccount::lastChange)
            .min(Instant::compareTo)
            .map(first -> first.plus(TOLERANCE))
            .orElse(Instant.MAX);
    explainEntries(environment, "", Set.of(), alsoExplained, 0);
    return explanation.build();
  }

  /**
   * The later of two times: the change of status, which nobody can set, and the modification, which
   * copying preserves.
   */
  private static Instant lastChange(Entry file) {
    return file.lastChanged().isAfter(file.lastModified())
        ? file.lastChanged()
        : file.lastModified();
  }

  /** {@code lib/python3.12/site-packages}, {@code local/lib/python3.12/dist-packages} and so on. */
  private void findPackages(Entry directory, String path, int depth) {
    for (Entry child : directory.children()) {
      if (child.isDirectory()) {
        String name = child.name();
        if (InstalledFiles.PACKAGE_DIRECTORIES.contains(name) && LIBRARY.matcher(path).matches()) {
          installed.addPackages(child, path + name + "/");
        } else if (depth < 3) {
          findPackages(child, path + name + "/", depth + 1);
        }
      }
    }
  }

  /**
   * Explains the entries of a directory.
   *
   * @param path of the directory, with a slash at the end unless it is empty
   * @param sources the names of the files beside it, if it is a directory of bytecode
   */
  private void explainEntries(
      Entry directory,
      String path,
      Set<String> sources,
      Predicate<String> alsoExplained,
      int depth) {
    List<Entry> children = directory.children();
    Set<String> files = Set.of();
    for (Entry child : children) {
      String name = child.name();
      String childPath = path + name;
      if (child.kind() != FileKind.SYMLINK && alsoExplained.test(childPath)) {
        continue;
      }
      if (!child.isDirectory()) {
        objection(child, childPath, name, sources)
            .ifPresent(reason -> explanation.add(child, reason));
      } else if (depth == MAX_DEPTH || isEgg(child, path)) {
        explainEgg(child, depth);
      } else {
        if (name.equals(BYTECODE) && files.isEmpty()) {
          files = fileNames(children);
        }
        explainEntries(
            child,
            childPath + "/",
            name.equals(BYTECODE) ? files : Set.of(),
            alsoExplained,
            depth + 1);
      }
    }
  }

  private static Set<String> fileNames(List<Entry> children) {
    return children.stream().filter(Entry::isFile).map(Entry::name).collect(Collectors.toSet());
  }

  /** Why an entry that is not a directory is unexplained; empty if it is explained. */
  private Optional<String> objection(Entry entry, String path, String name, Set<String> sources) {
    if (name.indexOf('\uFFFD') >= 0) {
      return Optional.of("has a name that no package can record");
    } else if (entry.kind() == FileKind.SYMLINK) {
      return (isVirtualEnvironment ? isLinkOfTool(path) : installed.contains(path))
              || installed.containsBelow(path)
          ? Optional.empty()
          : Optional.of("is a link that belongs to no package");
    } else if (!entry.isFile()) {
      return Optional.of("is neither a file nor a directory");
    } else if (isBytecode(entry, path, name, sources)) {
      return Optional.empty();
    } else if (name.endsWith(VIRTUALENV_MARK) && isInSitePackages(entry)) {
      return entry.size() == 0 ? Optional.empty() : Optional.of(UNRECORDED);
    } else if (installed.contains(path) || !isVirtualEnvironment) {
      return installed.contains(path) ? installed.objection(path, entry) : Optional.of(UNRECORDED);
    } else if (ACTIVATION_SCRIPT.matcher(path).matches()
        || isInterpreter(path)
        || LIBRARY_OF_INTERPRETER.matcher(path).matches()
        || VIRTUALENV_HOOK.matcher(path).matches()) {
      return lastChange(entry).isAfter(scriptsWrittenBy)
          ? Optional.of("changed after the environment was made")
          : Optional.empty();
    }
    boolean isKnown =
        path.indexOf('/') < 0 ? isTopLevelToolFile(entry, name) : isWrittenByTool(entry, path);
    return isKnown ? Optional.empty() : Optional.of(UNRECORDED);
  }

  private boolean isInterpreter(String path) {
    Matcher matcher = INTERPRETER.matcher(path);
    return matcher.matches() && (matcher.group(3) == null || isVersion(matcher.group(3)));
  }

  private boolean isLinkOfTool(String path) {
    Matcher headers = PYTHON2_HEADERS.matcher(path);
    return TOOL_LINK.matcher(path).matches()
        || isInterpreter(path)
        || (headers.matches() && isVersion(headers.group(1)));
  }

  private boolean isVersion(String number) {
    return VenvSettings.of(environment).filter(each -> each.mayBeVersion(number)).isPresent();
  }

  private boolean isBytecode(Entry entry, String path, String name, Set<String> sources) {
    Optional<String> source = BytecodeName.source(name);
    if (source.isEmpty()) {
      return false;
    }
    String directory = path.substring(0, path.length() - name.length());
    String cache = BYTECODE + "/";
    if (directory.endsWith(cache)) {
      return sources.contains(source.get())
          || installed.contains(
              directory.substring(0, directory.length() - cache.length()) + source.get());
    }
    // Bytecode of Python 2 is beside its source
    return source.get().length() == name.length() - 1
        && BytecodeName.isBesideSource(name)
        && entry.parent().filter(parent -> parent.hasFile(source.get())).isPresent();
  }

  /** Whether a file does nothing but exclude its directory from version control or backups. */
  static boolean isCacheTagOrGitignore(Entry file) {
    return switch (file.name()) {
      case ".gitignore" -> hasLines(file, line -> line.equals("*") || isCommentOfTool(line));
      case "CACHEDIR.TAG" ->
          hasLines(file, line -> line.equals(CACHE_TAG_SIGNATURE) || isCommentOfTool(line));
      default -> false;
    };
  }

  private static boolean isCommentOfTool(String line) {
    return TOOL_COMMENT.matcher(line).matches();
  }

  /** Whether a tool wrote this file directly into the environment. */
  private static boolean isTopLevelToolFile(Entry file, String name) {
    return switch (name) {
      case VenvSettings.FILE ->
          VenvSettings.of(file.parent().orElseThrow()).orElseThrow().isPlain();
      case ".lock", ".Python" -> file.size() == 0;
      case ".project" -> lines(file).count() == 1;
      case SELF_CHECK -> file.size() < 1 << 10;
      default -> isCacheTagOrGitignore(file) || name.equals(Marker.OWNED.fileName());
    };
  }

  private boolean isWrittenByTool(Entry file, String path) {
    String name = file.name();
    if (EMPTY_HOOK.matcher(path).matches()) {
      return hasLines(file, line -> line.startsWith("#"));
    } else if (path.startsWith("bin/") || path.startsWith("Scripts/")) {
      return file.text(MAX_TEXT)
          .filter(text -> EASY_INSTALL_SCRIPT.matcher(text).find())
          .isPresent();
    }
    if (INSTALLER.matcher(path).matches()) {
      return file.size() < 16 && hasLines(file, INSTALLERS::contains);
    }
    if (!isInSitePackages(file)) {
      return false;
    } else if (EASY_INSTALL_FILES.contains(name)) {
      return hasLines(file, line -> line.startsWith("import sys; ") || isPath(line));
    } else if (name.endsWith(".egg-link")) {
      return lines(file).count() <= 2;
    }
    return name.endsWith(".egg") && isInEasyInstallFile(name, file.parent().orElseThrow());
  }

  private static boolean isInSitePackages(Entry file) {
    return file.parent()
        .filter(parent -> InstalledFiles.PACKAGE_DIRECTORIES.contains(parent.name()))
        .isPresent();
  }

  private static boolean isPath(String line) {
    return line.startsWith("/") || line.startsWith("./") || line.matches("[A-Za-z]:[/\\\\].*");
  }

  private static Stream<String> lines(Entry file) {
    return file.text(MAX_TEXT).stream().flatMap(String::lines).filter(line -> !line.isEmpty());
  }

  private static boolean hasLines(Entry file, Predicate<String> each) {
    return file.size() < MAX_TEXT && lines(file).allMatch(each);
  }

  /** Whether {@code easy_install}, which records no files, made a directory. */
  private static boolean isEgg(Entry directory, String path) {
    return directory.name().endsWith(".egg")
        && InstalledFiles.PACKAGE_DIRECTORIES.stream().anyMatch(name -> path.endsWith(name + "/"))
        && directory.hasDirectory("EGG-INFO")
        && directory
            .parent()
            .filter(site -> isInEasyInstallFile(directory.name(), site))
            .isPresent();
  }

  private static boolean isInEasyInstallFile(String egg, Entry site) {
    return site.child("easy-install.pth").stream()
        .flatMap(EnvironmentAccount::lines)
        .anyMatch(line -> line.equals("./" + egg) || line.endsWith("/" + egg));
  }

  /** An egg is unpacked within seconds, so files that changed later are not from it. */
  private void explainEgg(Entry egg, int depth) {
    Instant unpacked =
        egg.child("EGG-INFO")
            .filter(metadata -> depth < MAX_DEPTH)
            .flatMap(metadata -> metadata.child("PKG-INFO"))
            .map(EnvironmentAccount::lastChange)
            .map(time -> time.plus(TOLERANCE))
            .orElse(Instant.MIN);
    egg.entries()
        .filter(entry -> !entry.isDirectory())
        .filter(entry -> !entry.isFile() || lastChange(entry).isAfter(unpacked))
        .filter(entry -> !isBytecodeOfSourceAbove(entry))
        .forEach(entry -> explanation.add(entry, "was not unpacked together with " + egg.name()));
  }

  private static boolean isBytecodeOfSourceAbove(Entry entry) {
    return entry.isFile()
        && BytecodeName.source(entry.name())
            .flatMap(
                source ->
                    entry
                        .parent()
                        .filter(parent -> parent.name().equals(BYTECODE))
                        .flatMap(Entry::parent)
                        .filter(parent -> parent.hasFile(source)))
            .isPresent();
  }
}

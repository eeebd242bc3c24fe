package dev.lowtide.cli.reference;

import java.util.Arrays;
import java.util.List;

/**
 * What the commands use beside their arguments, and where a reader finds more: tables of what the
 * model of the command line does not know.
 */
final class Surroundings {
  private static final String FILES =
      """
      plan clean guard | /etc/lowtide.toml, /etc/lowtide.d/*.toml | The machine's policy files.
      plan clean guard | ~/.config/lowtide/lowtide.toml | The user's policy file.
      plan clean guard | lowtide.toml | The project's policy file in the working directory, read if the command line names no directory, no caches and no other policy file.
      clean apply guard trash | DIR/.lowtide-trash-UID | The quarantine: items on their way out, and those that --undo-for keeps.
      clean apply guard trash | ~/.local/state/lowtide/quarantines/ | Names each quarantine with something in it.
      clean apply guard history doctor | ~/.local/state/lowtide/history.jsonl | What each run freed, and what was free after it.
      guard | ~/.local/state/lowtide/guard.lock | Held by guard --once.
      size | ~/.cache/lowtide/sizes/ | Sizes of content-addressed caches at the last measurement.
      """;

  private static final String VARIABLES =
      """
      all | HOME | The home directory, ~.
      all | NO_COLOR | If set, output has no colours. TERM=dumb has the same effect.
      all | LOWTIDE_JAVA_HOME | The JDK on which the launcher runs Lowtide. Default: the newest one found.
      plan clean guard | XDG_CONFIG_HOME | Used instead of ~/.config.
      clean apply guard trash history doctor | XDG_STATE_HOME | Used instead of ~/.local/state.
      size | XDG_CACHE_HOME | Used instead of ~/.cache.
      plan clean apply guard baseline verify build-wheels | TMPDIR | The temporary directory. Default: /tmp.
      plan clean apply guard verify doctor policies build-wheels | PATH | Where tools such as git, uv, cargo and docker are looked up. A directory that other users may write to is left out.
      plan clean guard verify baseline doctor policies build-wheels | PIP_CACHE_DIR, UV_CACHE_DIR, CARGO_HOME, ... | The variables by which each tool finds its directories.
      build-wheels | PIP_*, CMAKE_ARGS, CXX, ... | Inherited by the builds.
      """;

  private static final String GUIDES =
      """
      all | ../README.md | All documents
      size | ../measuring.md | Measuring
      policies | ../policies.md | Policies
      plan clean guard doctor | ../policy-file.md | The policy file
      plan clean apply | ../safety.md | Safety
      plan clean apply build-wheels | ../reports.md | Reports, metrics and schemas
      plan clean guard history | ../space.md | Making space
      clean apply trash | ../undo.md | Undo
      baseline verify | ../verifying.md | Verifying
      doctor | ../rust.md#the-doctor | The doctor's findings
      build-wheels | ../wheel-builder.md | The wheel builder
      """;

  private Surroundings() {}

  /** A name and what it means. */
  record Row(String name, String meaning) {}

  static List<Row> files(CommandReference command) {
    return rows(FILES, command);
  }

  static List<Row> variables(CommandReference command) {
    return rows(VARIABLES, command);
  }

  static List<Row> guides(CommandReference command) {
    return rows(GUIDES, command);
  }

  private static List<Row> rows(String table, CommandReference command) {
    String first = command.words().isEmpty() ? command.name() : command.words().split(" ")[0];
    return table
        .lines()
        .map(line -> line.split(" \\| "))
        .filter(
            cells -> cells[0].equals("all") || Arrays.asList(cells[0].split(" ")).contains(first))
        .map(cells -> new Row(cells[1], cells[2]))
        .toList();
  }
}

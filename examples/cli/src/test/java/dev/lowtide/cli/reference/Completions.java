package dev.lowtide.cli.reference;

import dev.lowtide.testing.ChildProcess;
import java.nio.file.Path;
import java.util.List;

/** Asks real shells to complete a line that begins with the name of a program. */
public final class Completions {
  private Completions() {}

  /** What bash offers for the last word. */
  public static List<String> inBash(Path directory, String line) {
    String program = program(line);
    String script =
        """
        source '%s'
        COMP_WORDS=(%s); COMP_CWORD=%d
        _complete_%s
        printf '%%s\\n' "${COMPREPLY[@]}"
        """;
    return ChildProcess.run(
            directory,
            "bash",
            "-c",
            String.format(
                script, GeneratedFiles.bash(program), line, line.split(" ").length - 1, program))
        .lines()
        .toList();
  }

  /** What fish offers for the last word, without the descriptions. */
  public static List<String> inFish(Path directory, String line) {
    String script =
        "source '" + GeneratedFiles.fish(program(line)) + "'; complete -C '" + line + "'";
    return ChildProcess.run(directory, "fish", "--no-config", "-c", script)
        .lines()
        .map(offer -> offer.replaceFirst("\t.*", ""))
        .toList();
  }

  /** The line that zsh completes it to. It does so only at a prompt; Ctrl-X shows the line. */
  public static String inZsh(Path directory, String line) {
    String script =
        """
        zmodload zsh/zpty
        export TERM=dumb
        zpty shell zsh -f -i
        zpty -w shell "fpath=('%s' \\$fpath); autoload -Uz compinit; compinit -u -D"
        zpty -w shell 'show() { print -r -- "<$BUFFER>"; exit }; zle -N show; bindkey "^X" show'
        zpty -w -n shell $'%s\\t\\C-x'
        while zpty -r shell line; do print -r -- $line; done
        """;
    String shown =
        ChildProcess.run(
            directory,
            "zsh",
            "-f",
            "-c",
            String.format(script, GeneratedFiles.zsh(program(line)).getParent(), line));
    return shown.replaceFirst("(?s).*\n.*?<([^\n<>]*)>.*", "$1");
  }

  private static String program(String line) {
    return line.split(" ")[0];
  }
}

package dev.lowtide.examples.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.testing.ChildProcess;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the shells offer for a line that is not complete yet. */
class CompletionTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "cl, clean",
    "clean --keep-n, --keep-newest",
    "trash re, restore",
    "clean --color ne, never"
  })
  void completesInBash(String line, String completed) {
    String script =
        """
        source '%s'
        COMP_WORDS=(lowtide %s); COMP_CWORD=%d
        _complete_lowtide
        printf '%%s\\n' "${COMPREPLY[@]}"
        """;

    assertThat(
            ChildProcess.run(
                directory,
                "bash",
                "-c",
                String.format(script, GeneratedFiles.BASH, line, line.split(" ").length)))
        .contains(completed);
  }

  @ParameterizedTest
  @CsvSource({
    "cl, clean",
    "clean --keep-n, --keep-newest",
    "trash re, restore",
    "clean --color ne, never",
    "size /us, /usr/"
  })
  void completesInFish(String line, String completed) {
    String script = "source '" + GeneratedFiles.FISH + "'; complete -C 'lowtide " + line + "'";

    assertThat(ChildProcess.run(directory, "fish", "--no-config", "-c", script).lines())
        .extracting(offer -> List.of(offer.split("\t")).get(0))
        .contains(completed);
  }

  /** zsh completes only at a prompt, so this types to it; Ctrl-X shows the line. */
  @ParameterizedTest
  @CsvSource({
    "cl, clean",
    "clean --keep-n, --keep-newest=",
    "trash re, restore",
    "clean --color ne, never",
    "size /us, /usr/"
  })
  void completesInZsh(String line, String completed) {
    String script =
        """
        zmodload zsh/zpty
        export TERM=dumb
        zpty shell zsh -f -i
        zpty -w shell "fpath=('%s' \\$fpath); autoload -Uz compinit; compinit -u -D"
        zpty -w shell 'show() { print -r -- "<$BUFFER>"; exit }; zle -N show; bindkey "^X" show'
        zpty -w -n shell $'lowtide %s\\t\\C-x'
        while zpty -r shell line; do print -r -- $line; done
        """;

    assertThat(
            ChildProcess.run(
                directory,
                "zsh",
                "-f",
                "-c",
                String.format(script, GeneratedFiles.ZSH.getParent(), line)))
        .contains("<lowtide " + line.replaceFirst("\\S+$", completed));
  }
}

package dev.lowtide.policies.rust.builds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.CleanupListener;
import dev.lowtide.plan.CleanupPlan;
import dev.lowtide.testing.ChildProcess;
import dev.lowtide.testing.TestMachine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What rustdoc and rustc have written goes by their own lists, and nothing beside it. */
class RustcRecordsE2ETest {
  @TempDir static Path shared;
  private static CargoWorkspace built;

  @TempDir Path directory;
  private CargoWorkspace workspace;

  @BeforeAll
  static void build() throws IOException {
    ChildProcess.assumeTool("cargo");
    built = CargoWorkspace.create(shared.toRealPath().resolve("ws"));
    built.write(
        "base/src/lib.rs",
        """
        include!(concat!(env!("OUT_DIR"), "/answer.rs"));
        pub fn answer() -> u32 { ANSWER }
        #[macro_export] macro_rules! answers { () => { 42 } }
        pub trait Asks { fn ask(&self) -> u32; }
        pub mod inner { pub enum Kind { One } mod hidden { pub struct Deep; } pub use self::hidden::Deep; }
        """);
    built.cargo("build");
    built.cargo("doc --no-deps");
    built.write("mac/src/lib.rs", "extern crate proc_macro;");
    built.cargo("doc --no-deps -p mac"); // writes what is shared anew, and not the other crates
  }

  @BeforeEach
  void copy() throws IOException {
    workspace = built.copyTo(directory.toRealPath().resolve("copy"));
  }

  private CleanupPlan plan(String policy) throws IOException {
    return workspace
        .configured(policy)
        .clock(TestMachine.clockIn(Duration.ofDays(60)))
        .listener(CleanupListener.NONE)
        .build()
        .plan(workspace.target());
  }

  private void plant(String place, String script) {
    ChildProcess.run(workspace.root(), "sh", "-ec", "cd target/" + place + "; " + script);
  }

  @Test
  void allThatIsListedGoes() throws IOException {
    assertThat(plan("rust.doc").items()).hasSize(1);
    assertThat(plan("rust.incremental").refused()).isEmpty();
    assertThat(plan("rust.incremental").items()).hasSizeGreaterThan(4);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "echo mine > notes.html",
        "echo mine > search.index/notes.js",
        "echo mine > static.files/mine.css",
        "echo mine > src/notes.html",
        "mkdir src/mine; echo mine > src/mine/lib.rs.html",
        "echo mine > src/base/mine.rs.html",
        "echo mine > base/fn.mine.html",
        "echo mine > base/inner/notes.html",
        "mkdir base/mine; echo mine > base/mine/index.html",
        "mkdir book; echo mine > book/index.html",
        "echo mine > trait.impl/core/notes.js",
        "echo mine > .lock",
        "ln -s index.html base/latest.html",
        "cp -p base/fn.answer.html base/fn.mine.html",
        "mv base/fn.answer.html base/inner/",
        "mv base/inner base/outer",
        "mv base mine",
        "cp -p src/base/lib.rs.html src/base/other.rs.html",
        "mv src/base/lib.rs.html src/mac/other.rs.html",
        "cp -p base/macro.answers!.html base/notes.html; echo mine >> base/notes.html",
        "rm crates.js",
        "head -c 30 crates.js > c; mv c crates.js",
        "rm base/sidebar-items.js",
        "rm base/all.html",
      })
  void aPageThatIsNotRustdocsKeepsTheDocumentation(String script) throws IOException {
    plant("doc", script + "; find . -newer settings.html -exec touch -h -r settings.html {} +");

    assertThat(plan("rust.doc").items()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "base/fn.answer.html",
        "base/all.html",
        "base/index.html",
        "base/inner/enum.Kind.html",
        "src/base/lib.rs.html",
        "crates.js",
        "settings.html",
        "search.index/root.js",
      })
  void anEditedPageKeepsTheDocumentation(String page) throws IOException {
    plant("doc", "printf X | dd conv=notrunc of=" + page + "; touch -d '10 minutes' " + page);

    assertThat(plan("rust.doc").items()).isEmpty();
  }

  /** Another crate was documented since, so the shared files are younger than the edit. */
  @ParameterizedTest
  @ValueSource(strings = {"base/fn.answer.html", "base/all.html", "src/base/lib.rs.html"})
  void aPageThatWasEditedBetweenTwoRunsKeepsTheDocumentation(String page) throws IOException {
    plant(
        "doc",
        "touch -d '1 hour' crates.js settings.html help.html src-files.js; printf X | dd"
            + " conv=notrunc of="
            + page
            + "; touch -d '10 minutes' "
            + page);

    assertThat(plan("rust.doc").items()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"base/fn.answer.html", "src/base/lib.rs.html", "help.html"})
  void anEditWithItsTimePutBackKeepsTheDocumentation(String page) throws Exception {
    Thread.sleep(2100); // what is written within two seconds is taken for the work of one tool
    plant(
        "doc",
        "touch -r %1$s ../t; printf X | dd conv=notrunc of=%1$s; touch -r ../t %1$s"
            .formatted(page));

    assertThat(plan("rust.doc").items()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "echo mine > $(echo base-*)/notes.txt",
        "echo mine > $(echo base-*/s-*/)foo.o",
        "cp -p base-*/s-*/*.o $(echo base-*/s-*/)my0123456789abcdefghijkl.o",
        "mv app-*/s-*/*.o base-*/s-*/",
        "mv base-*/s-*-*-* app-*/",
        "mv base-*/s-*[0-9a-z]/dep-graph.bin $(echo base-*/s-*/)dep-graph.bin.old",
        "mkdir $(echo base-*/s-*/)mine",
        "ln -s /etc/hostname $(echo base-*/s-*/)latest",
        "echo mine > $(echo base-*/s-*/)dep-graph.bin",
        "echo mine > $(echo base-*/s-*/)thin-lto-past-keys.bin",
        "echo mine > $(echo base-*/s-*.lock)",
        "rm base-*/s-*/work-products.bin",
        "head -c 40 base-*/s-*/work-products.bin > w; mv w base-*/s-*/work-products.bin",
        "mv base-* base-mine",
        "f=$(ls base-*/s-*/*.o); printf X | dd conv=notrunc of=$f; touch -d '10 minutes' $f",
      })
  void anObjectThatNoSessionListsKeepsTheSession(String script) throws IOException {
    plant(
        "debug/incremental",
        "rm -r [!ab]* build*; ls -d base-* | tail -n +2 | xargs -r rm -r; ls -d app-* | tail -n +2"
            + " | xargs -r rm -r; "
            + script);

    assertThat(plan("rust.incremental").refused())
        .isNotEmpty()
        .allMatch(refusal -> refusal.guard().equals("unexplained"));
  }
}

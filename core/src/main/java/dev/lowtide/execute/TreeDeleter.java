package dev.lowtide.execute;

import dev.lowtide.FileIdentity;
import dev.lowtide.fs.QuarantineDirectory;
import dev.lowtide.fs.QuarantineName;
import dev.lowtide.fs.TreeRemover;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** A deleter that uses a {@link TreeRemover}. */
record TreeDeleter(TreeRemover remover, boolean mayRemoveByPath) implements Deleter {
  @Override
  public Deletion delete(Path path, FileIdentity expected) throws IOException {
    return deletion(remover.remove(path, expected));
  }

  @Override
  public Deletion delete(QuarantineDirectory quarantine, QuarantineName tree, FileIdentity expected)
      throws IOException {
    return deletion(quarantine.remove(tree, expected, remover));
  }

  @Override
  public Deletion deleteInPlace(Path path, FileIdentity expected, Set<String> last)
      throws IOException {
    return deletion(remover.removeInPlace(path, expected, last));
  }

  private static Deletion deletion(TreeRemover.Result result) {
    return new Deletion(result.removed(), result.failures(), result.problems());
  }
}

package dev.lowtide.execute;

import dev.lowtide.FileIdentity;
import dev.lowtide.fs.TreeRemover;
import java.io.IOException;
import java.nio.file.Path;

/** By way of a {@link TreeRemover}. */
record TreeDeleter(TreeRemover remover, boolean mayGoByPaths) implements Deleter {
  @Override
  public Deletion delete(Path path, FileIdentity expected) throws IOException {
    TreeRemover.Result result = remover.remove(path, expected);
    return new Deletion(result.removed(), result.failures(), result.problems());
  }
}

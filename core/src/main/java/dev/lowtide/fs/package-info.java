/**
 * The file-system primitives, and the only package that changes a file system: {@link
 * dev.lowtide.fs.TreeWalker} reads trees, {@link dev.lowtide.fs.TreeRemover} removes them, {@link
 * dev.lowtide.fs.OpenFiles} finds the processes that use them, and {@link dev.lowtide.fs.LockSet}
 * holds locks of other programs. The package is not exported from the module.
 */
@NullMarked
package dev.lowtide.fs;

import org.jspecify.annotations.NullMarked;

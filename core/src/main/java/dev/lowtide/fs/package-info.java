/**
 * The file-system primitives, and the only room that changes a file system: {@link
 * dev.lowtide.fs.TreeWalker} reads trees, {@link dev.lowtide.fs.TreeRemover} removes them, {@link
 * dev.lowtide.fs.OpenFiles} tells who uses them, {@link dev.lowtide.fs.LockSet} keeps others out.
 * Not exported from the module.
 */
@NullMarked
package dev.lowtide.fs;

import org.jspecify.annotations.NullMarked;

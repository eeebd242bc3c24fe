/**
 * Runs other programs through {@link dev.lowtide.command.CommandRunner}: with argument lists and
 * never a shell, with a time limit, and without the variables that would make a tool use other
 * directories.
 */
@NullMarked
package dev.lowtide.command;

import org.jspecify.annotations.NullMarked;

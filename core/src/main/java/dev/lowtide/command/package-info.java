/**
 * Running other programs, as {@link dev.lowtide.command.CommandRunner} allows: argument lists and
 * never a shell, with a time limit, and without the variables that would send a tool somewhere
 * else.
 */
@NullMarked
package dev.lowtide.command;

import org.jspecify.annotations.NullMarked;

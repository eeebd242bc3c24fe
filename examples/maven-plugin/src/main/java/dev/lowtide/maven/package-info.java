/**
 * The Maven plugin: fails a build that leaves something on the disk outside its build directories,
 * shows and removes what earlier builds have left, and frees space before a build.
 */
@NullMarked
package dev.lowtide.maven;

import org.jspecify.annotations.NullMarked;

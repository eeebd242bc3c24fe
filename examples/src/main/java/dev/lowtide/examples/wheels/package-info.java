/**
 * The wheel builder: {@link dev.lowtide.examples.wheels.BuildWheels} builds a matrix of wheels from
 * one source, cleans up behind each with the library, and proves that the disk is where it was.
 */
@NullMarked
package dev.lowtide.examples.wheels;

import org.jspecify.annotations.NullMarked;

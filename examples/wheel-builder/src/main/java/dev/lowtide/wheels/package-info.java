/**
 * The wheel builder: {@link dev.lowtide.wheels.BuildWheels} builds a matrix of wheels from one
 * source, cleans up after each with the library, and proves that the disk is as it was.
 */
@NullMarked
package dev.lowtide.wheels;

import org.jspecify.annotations.NullMarked;

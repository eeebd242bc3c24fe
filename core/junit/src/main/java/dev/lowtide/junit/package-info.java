/**
 * For tests with JUnit Jupiter, 5.12 or newer: {@link dev.lowtide.junit.DiskNeutral} fails a test
 * that does not leave the disk as it was.
 */
@NullMarked
package dev.lowtide.junit;

import org.jspecify.annotations.NullMarked;

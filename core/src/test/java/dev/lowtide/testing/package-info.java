/** Fixtures that the tests of every module share; published as core's test-jar. */
package dev.lowtide.testing;

/** The words everyone uses. */
@NullMarked
package dev.lowtide;

import org.jspecify.annotations.NullMarked;

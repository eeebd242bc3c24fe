/** The only room that talks to the operating system. */
@NullMarked
package dev.lowtide.fs;

import org.jspecify.annotations.NullMarked;

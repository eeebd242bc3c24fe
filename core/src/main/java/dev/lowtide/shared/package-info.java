/**
 * What core shares with the policies of this project, and with nobody else: the module exports it
 * to them alone, and it changes without notice.
 */
@NullMarked
package dev.lowtide.shared;

import org.jspecify.annotations.NullMarked;

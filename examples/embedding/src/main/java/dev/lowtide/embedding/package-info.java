/** The examples of the README: how a build tool embeds the library, and a policy of one's own. */
@NullMarked
package dev.lowtide.embedding;

import org.jspecify.annotations.NullMarked;

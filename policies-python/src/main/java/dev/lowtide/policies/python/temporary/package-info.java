/** What builds leave in temporary directories. Uses environments, places and files. */
@NullMarked
package dev.lowtide.policies.python.temporary;

import org.jspecify.annotations.NullMarked;

/**
 * Finds the directories that all builds of a user share, such as caches: by the answers of the
 * tools, by variables, by settings files and by defaults. Uses no other package of this module.
 */
@NullMarked
package dev.lowtide.policies.python.places;

import org.jspecify.annotations.NullMarked;

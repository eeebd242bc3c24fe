/** Policies for Python. */
@NullMarked
package dev.lowtide.policies.python;

import org.jspecify.annotations.NullMarked;

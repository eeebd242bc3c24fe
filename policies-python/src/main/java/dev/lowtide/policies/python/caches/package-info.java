/** The caches of pip, uv, Poetry, pre-commit, cibuildwheel and conda. Uses places. */
@NullMarked
package dev.lowtide.policies.python.caches;

import org.jspecify.annotations.NullMarked;

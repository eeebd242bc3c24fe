/**
 * What Python, pip, uv and CMake builds of wheels leave behind, and the evidence by which it is
 * recognised.
 *
 * <p>Start with {@link dev.lowtide.policies.python.PythonPolicies}, the only public type.
 */
@NullMarked
package dev.lowtide.policies.python;

import org.jspecify.annotations.NullMarked;

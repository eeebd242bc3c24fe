/**
 * Build trees of CMake, Meson and setuptools, by the records of these tools, and what builds copy
 * out of them. Uses temporary, sources, environments and files.
 */
@NullMarked
package dev.lowtide.policies.python.buildtrees;

import org.jspecify.annotations.NullMarked;

/** Policies for Rust. */
@NullMarked
package dev.lowtide.policies.rust;

import org.jspecify.annotations.NullMarked;

/** What is fast, and what it is compared with. */
@NullMarked
package dev.lowtide.benchmarks;

import org.jspecify.annotations.NullMarked;

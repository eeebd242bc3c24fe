/**
 * For tests of policies: trees and machines in memory, and the contract that every policy keeps.
 */
@NullMarked
package dev.lowtide.testing;

import org.jspecify.annotations.NullMarked;

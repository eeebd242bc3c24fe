/**
 * For tests of policies: trees and machines in memory, and the contract that every policy keeps.
 */
module dev.lowtide.testkit {
  requires com.google.common.jimfs;
  requires transitive dev.lowtide.core;
  requires static org.jspecify;

  exports dev.lowtide.testing;
}

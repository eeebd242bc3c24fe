package dev.lowtide.policies.rust;

import dev.lowtide.ByteSize;

/** A placeholder, so that the module is not empty. */
final class RustPolicies {
  private RustPolicies() {}

  static ByteSize nothing() {
    return new ByteSize(0);
  }
}

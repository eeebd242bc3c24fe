package dev.lowtide.policies.python;

import dev.lowtide.ByteSize;

/** A placeholder, so that the module is not empty. */
final class PythonPolicies {
  private PythonPolicies() {}

  static ByteSize nothing() {
    return new ByteSize(0);
  }
}

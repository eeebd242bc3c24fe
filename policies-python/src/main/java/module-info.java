/** Policies for Python. */
module dev.lowtide.policies.python {
  requires transitive dev.lowtide.core;
  requires static org.jspecify;

  exports dev.lowtide.policies.python;
}

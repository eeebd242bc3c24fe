/** Policies for Python. */
module dev.lowtide.policies.python {
  requires dev.lowtide.core;
  requires static org.jspecify;
}

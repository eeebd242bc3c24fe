/** What Python, pip, uv and CMake builds of wheels leave behind, and what of it may go. */
module dev.lowtide.policies.python {
  requires com.google.common;
  requires transitive dev.lowtide.core;
  requires org.tomlj;
  requires static org.jspecify;

  exports dev.lowtide.policies.python;

  provides dev.lowtide.policy.PolicyProvider with
      dev.lowtide.policies.python.PythonPolicies;
}

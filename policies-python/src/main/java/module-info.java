/** Policies for what Python, pip, uv and CMake leave behind when wheels are built. */
module dev.lowtide.policies.python {
  requires com.google.common;
  requires transitive dev.lowtide.core;
  requires static org.jspecify;

  exports dev.lowtide.policies.python;

  provides dev.lowtide.policy.PolicyProvider with
      dev.lowtide.policies.python.PythonPolicies;
}

/** The policies for what cargo and rustc leave behind. */
module dev.lowtide.policies.rust {
  requires transitive dev.lowtide.core;
  requires com.google.common;
  requires com.google.gson;
  requires static org.jspecify;

  exports dev.lowtide.policies.rust;

  provides dev.lowtide.policy.PolicyProvider with
      dev.lowtide.policies.rust.RustPolicies;
}

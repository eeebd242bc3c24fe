/** The place of the policies for Rust, which are not there yet. */
module dev.lowtide.policies.rust {
  requires transitive dev.lowtide.core;
  requires static org.jspecify;

  exports dev.lowtide.policies.rust;

  provides dev.lowtide.policy.PolicyProvider with
      dev.lowtide.policies.rust.RustPolicies;
}

/**
 * Policies for what cargo, sccache and Docker leave behind, and findings about their configuration.
 */
module dev.lowtide.policies.rust {
  requires com.google.common;
  requires com.google.gson;
  requires transitive dev.lowtide.core;
  requires org.tomlj;
  requires static org.jspecify;

  exports dev.lowtide.policies.docker;
  exports dev.lowtide.policies.rust;

  provides dev.lowtide.policy.PolicyProvider with
      dev.lowtide.policies.rust.RustPolicies,
      dev.lowtide.policies.docker.DockerPolicies;
}

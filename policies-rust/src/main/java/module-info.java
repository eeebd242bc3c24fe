/** Policies for Rust. */
module dev.lowtide.policies.rust {
  requires dev.lowtide.core;
  requires static org.jspecify;
}

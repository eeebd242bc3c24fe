/**
 * The policies for what builds leave in a Docker engine.
 *
 * <p>Start with {@link dev.lowtide.policies.docker.DockerPolicies}, the provider and only public
 * type.
 */
@NullMarked
package dev.lowtide.policies.docker;

import org.jspecify.annotations.NullMarked;

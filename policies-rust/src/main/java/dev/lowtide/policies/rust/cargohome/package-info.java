/**
 * Cargo's home: the crates and checkouts that cargo unpacked for all builds of a user, what
 * explains their files, and when cargo last used them. Uses no other package of this module.
 */
@NullMarked
package dev.lowtide.policies.rust.cargohome;

import org.jspecify.annotations.NullMarked;

/**
 * Where the tools of Python keep what all builds of a user share: what a tool answers, variables,
 * settings files, and what is usual. Uses no other room.
 */
@NullMarked
package dev.lowtide.policies.python.places;

import org.jspecify.annotations.NullMarked;

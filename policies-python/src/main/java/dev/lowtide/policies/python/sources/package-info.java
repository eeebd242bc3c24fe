/**
 * What tools write among the sources of a project: bytecode, caches, metadata and backups. Uses
 * environments, places and files.
 */
@NullMarked
package dev.lowtide.policies.python.sources;

import org.jspecify.annotations.NullMarked;

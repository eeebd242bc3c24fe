/**
 * How single files are read and which names tools give to files. Uses no other package of this
 * module.
 */
@NullMarked
package dev.lowtide.policies.python.files;

import org.jspecify.annotations.NullMarked;

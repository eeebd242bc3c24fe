/** How single files are read and which names tools give to files. Uses no other room. */
@NullMarked
package dev.lowtide.policies.python.files;

import org.jspecify.annotations.NullMarked;

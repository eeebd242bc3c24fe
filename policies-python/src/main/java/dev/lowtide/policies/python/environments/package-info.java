/**
 * Environments of venv, virtualenv, conda, tox and nox: what makes a directory one, what explains
 * its files, which sources it refers to, and which interpreter it needs. Uses places and files.
 */
@NullMarked
package dev.lowtide.policies.python.environments;

import org.jspecify.annotations.NullMarked;

package dev.lowtide;

/**
 * A placeholder, so that the package is not empty.
 *
 * @param bytes how many bytes
 */
public record ByteSize(long bytes) {}

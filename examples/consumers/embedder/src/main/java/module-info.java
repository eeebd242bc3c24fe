/** A program that uses Lowtide; it runs as a module, and on the class path. */
module consumer.embedder {
  requires dev.lowtide.core;
}

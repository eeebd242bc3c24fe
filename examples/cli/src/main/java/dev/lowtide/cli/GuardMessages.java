package dev.lowtide.cli;

import dev.lowtide.execute.SpaceGuard;
import dev.lowtide.probe.Volume;

/** Prints what a guard does. */
public record GuardMessages(Progress progress) implements SpaceGuard.Listener {
  @Override
  public void low(Volume volume) {
    progress.info(volume.free() + " are free on " + volume + ": removing items");
  }

  @Override
  public void exhausted(Volume volume) {
    progress.warn(volume.free() + " are free on " + volume + ", and nothing more can be removed");
  }

  @Override
  public void failed(Exception cause) {
    progress.warn("Checking failed and will be tried again: " + Failure.of(cause).message());
  }
}

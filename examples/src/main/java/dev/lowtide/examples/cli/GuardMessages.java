package dev.lowtide.examples.cli;

import dev.lowtide.execute.SpaceGuard;
import dev.lowtide.probe.Volume;

/** Says what a guard does. */
public record GuardMessages(Progress progress) implements SpaceGuard.Listener {
  @Override
  public void low(Volume volume) {
    progress.info(volume.free() + " are free on " + volume + ": removing what may go");
  }

  @Override
  public void exhausted(Volume volume) {
    progress.warn(volume.free() + " are free on " + volume + ", and nothing more may go");
  }

  @Override
  public void failed(Exception cause) {
    progress.warn("Looking failed and will be tried again: " + Failure.of(cause).message());
  }
}

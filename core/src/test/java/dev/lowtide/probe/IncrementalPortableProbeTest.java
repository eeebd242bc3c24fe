package dev.lowtide.probe;

class IncrementalPortableProbeTest extends IncrementalProbeContract {
  @Override
  SizeProbe full() {
    return SizeProbe.portable();
  }
}

package dev.lowtide.probe;

class PortableProbeOnRealFilesTest extends ProbeOnRealFilesContract {
  @Override
  SizeProbe probe() {
    return SizeProbe.portable();
  }
}

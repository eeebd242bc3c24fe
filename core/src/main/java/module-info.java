/** Measures, plans, removes and verifies what builds leave on a disk. */
@SuppressWarnings("module") // the policies are compiled after this module, which names them
module dev.lowtide.core {
  requires com.google.common;
  requires com.google.gson;
  requires org.slf4j;
  requires org.tomlj;
  requires static org.jspecify;

  exports dev.lowtide;
  exports dev.lowtide.command;
  exports dev.lowtide.execute;
  exports dev.lowtide.plan;
  exports dev.lowtide.policy;
  exports dev.lowtide.probe;
  exports dev.lowtide.shared to
      dev.lowtide.policies.python,
      dev.lowtide.policies.rust;
  exports dev.lowtide.verify;

  uses dev.lowtide.HostEnvironment.Reading;
  uses dev.lowtide.policy.PolicyProvider;

  provides dev.lowtide.HostEnvironment.Reading with
      dev.lowtide.fs.FileReading;
}

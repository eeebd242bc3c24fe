/** For tests: fails those that leave something on the disk, and asserts about disks and plans. */
module dev.lowtide.junit {
  requires transitive dev.lowtide.core;
  requires static org.assertj.core;
  requires static org.jspecify;
  requires static org.junit.jupiter.api;

  exports dev.lowtide.assertions;
  exports dev.lowtide.junit;

  opens dev.lowtide.junit to
      org.junit.platform.commons;
}

package dev.lowtide.junit;

import dev.lowtide.verify.DiskLocation.Expectation;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Fails a test that does not leave places on the disk as they were: on a method for that test, on a
 * class for each test in it, where the annotation of the method goes before that of the class.
 *
 * <pre>{@code
 * @DiskNeutral(except = "dist/*.whl")
 * class WheelBuildTest {
 *   @Watched @TempDir Path workspace;
 *
 *   @Test
 *   void leavesTheWheelAndNothingElse() throws IOException {
 *     build(workspace);
 *   }
 * }
 * }</pre>
 *
 * <p>The places are the fields and parameters that are {@link Watched}, on any file system, and
 * {@link #locations}. They are looked at directly before the test method, after everything that
 * prepares it, and directly after it; what the test itself throws goes before what this finds.
 *
 * <p>Where tests run in parallel, one that names {@link #locations} runs alone, since the others
 * write there too. Two tests that watch the same directory at one time are refused, and so is a
 * directory within one that another test watches.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@SuppressWarnings("exports") // nobody but JUnit, to which the package is open, makes one
@ExtendWith(DiskNeutralExtension.class)
@ResourceLock(providers = DiskNeutralLocks.class)
public @interface DiskNeutral {

  /**
   * Further places: a {@linkplain dev.lowtide.verify.StandardLocation standard one} by its name,
   * such as {@code uv-cache}, or {@code NAME=PATH} with an absolute path.
   */
  String[] locations() default {};

  /**
   * How much each place may grow that does not say otherwise: a size such as {@code 10MB}, or a
   * part such as {@code 5%}.
   */
  String tolerance() default "";

  /** {@linkplain dev.lowtide.Globs Globs} of what does not count, relative to each place. */
  String[] except() default {};

  /**
   * A directory that a {@link DiskNeutral} test has to leave as it was: a field, static or not, or
   * a parameter of the test method, of type {@link java.nio.file.Path}. The path may lead into any
   * file system, and there need be nothing yet.
   */
  @Documented
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.FIELD, ElementType.PARAMETER, ElementType.ANNOTATION_TYPE})
  public @interface Watched {

    /** A name for messages; that of the field or parameter if it is empty. */
    String name() default "";

    /** What is expected of it. */
    Expectation expectation() default Expectation.UNCHANGED;

    /** How much it may grow, if that is not what {@link DiskNeutral#tolerance} says. */
    String tolerance() default "";
  }
}

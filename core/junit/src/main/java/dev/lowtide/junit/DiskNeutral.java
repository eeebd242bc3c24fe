package dev.lowtide.junit;

import dev.lowtide.verify.DiskLocation.Expectation;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Fails a test that changes locations on the disk. On a method it applies to that test, on a class
 * to each test in it; the annotation of a method takes precedence over that of the class.
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
 * <p>The locations are the fields and parameters that are {@link Watched}, on any file system, and
 * {@link #locations}. They are measured directly before the test method, after all preparation, and
 * directly after it. If the test itself throws an exception, that is reported first.
 *
 * <p>If tests run in parallel, a test that names {@link #locations} runs alone, since the others
 * write there too. A test fails if it watches the same directory as another test at the same time,
 * or a directory inside one that another test watches.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@SuppressWarnings("exports") // only JUnit, to which the package is open, creates an instance
@ExtendWith(DiskNeutralExtension.class)
// Everybody holds the named lock for reading, so it keeps nobody out. JUnit before 5.12 requires a
// name, and without one ends the whole run before the extension can say what is wrong.
@ResourceLock(
    value = "dev.lowtide.junit.DiskNeutral",
    mode = ResourceAccessMode.READ,
    providers = DiskNeutralLocks.class)
public @interface DiskNeutral {

  /**
   * Further locations: a {@linkplain dev.lowtide.verify.StandardLocation standard one} by its name,
   * such as {@code uv-cache}, or {@code NAME=PATH} with an absolute path.
   */
  String[] locations() default {};

  /**
   * How much each location without its own tolerance may grow: a size such as {@code 10MB}, or a
   * percentage such as {@code 5%}.
   */
  String tolerance() default "";

  /** {@linkplain dev.lowtide.Globs Globs} of what is ignored, relative to each location. */
  String[] except() default {};

  /**
   * A directory that a {@link DiskNeutral} test must leave unchanged: a field, static or not, or a
   * parameter of the test method, of type {@link java.nio.file.Path}. The path may be on any file
   * system, and need not exist yet.
   */
  @Documented
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.FIELD, ElementType.PARAMETER, ElementType.ANNOTATION_TYPE})
  public @interface Watched {

    /** A name for messages; that of the field or parameter if it is empty. */
    String name() default "";

    /** What is expected of it. */
    Expectation expectation() default Expectation.UNCHANGED;

    /** How much it may grow; {@link DiskNeutral#tolerance} if empty. */
    String tolerance() default "";
  }
}

package dev.lowtide.junit;

import dev.lowtide.verify.DiskLocation.Expectation;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A directory that a {@link DiskNeutral} test has to leave as it was: a field, static or not, or a
 * parameter of the test method, of type {@link java.nio.file.Path}. The path may lead into any file
 * system, and there need be nothing yet.
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

package dev.lowtide.junit;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.parallel.ResourceLocksProvider;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.platform.commons.support.AnnotationSupport;

/** Makes a test run alone if it watches locations that all tests share. */
final class DiskNeutralLocks implements ResourceLocksProvider {
  @Override
  public Set<Lock> provideForClass(Class<?> testClass) {
    return locks(testClass);
  }

  @Override
  public Set<Lock> provideForNestedClass(List<Class<?>> enclosing, Class<?> testClass) {
    return locks(testClass);
  }

  @Override
  public Set<Lock> provideForMethod(List<Class<?>> enclosing, Class<?> testClass, Method method) {
    return locks(method);
  }

  private static Set<Lock> locks(AnnotatedElement element) {
    return AnnotationSupport.findAnnotation(element, DiskNeutral.class)
            .filter(annotation -> annotation.locations().length > 0)
            .isPresent()
        ? Set.of(new Lock(Resources.GLOBAL))
        : Set.of();
  }
}

package dev.lowtide.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.policy.PolicyProvider;
import dev.lowtide.testing.PolicyJar;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where providers are found, with class loaders as hosts of plugins have them. */
class InstalledProvidersTest {
  private static final ClassLoader APPLICATION = PolicyProvider.class.getClassLoader();

  @TempDir Path directory;
  private ClassLoader context;

  @BeforeEach
  void standWhereNoContextHelps() {
    context = Thread.currentThread().getContextClassLoader();
    Thread.currentThread().setContextClassLoader(ClassLoader.getPlatformClassLoader());
  }

  @AfterEach
  void putTheContextBack() {
    Thread.currentThread().setContextClassLoader(context);
  }

  @Test
  void aPluginFindsItsOwnThoughTheContextIsThatOfItsHost() throws Exception {
    Path jar = plugin("policies = Lowtide.installedProviders();");

    assertThat(calledIn(PolicyJar.loader(APPLICATION, jar))).containsExactly("plugin");
  }

  @Test
  void aPluginFindsItsOwnThroughASupplierToo() throws Exception {
    Path jar =
        plugin(
            """
            java.util.function.Supplier<List<PolicyProvider>> later = Lowtide::installedProviders;
            policies = later.get();
            """);

    assertThat(calledIn(PolicyJar.loader(APPLICATION, jar))).containsExactly("plugin");
  }

  @Test
  void thoseOfTheContextAreFound() {
    Thread.currentThread()
        .setContextClassLoader(
            PolicyJar.loader(
                APPLICATION, PolicyJar.in(directory).provider("web").write("web.jar")));

    assertThat(ecosystems(Lowtide.installedProviders())).containsExactly("web");
  }

  @Test
  void thoseBesideLowtideAreFoundWithoutAnyContext() {
    Thread.currentThread().setContextClassLoader(null);

    assertThat(Lowtide.installedProviders()).isEqualTo(Lowtide.installedProviders(APPLICATION));
  }

  @Test
  void theCallersComeBeforeThoseOfTheContext() throws Exception {
    Path jar = plugin("policies = Lowtide.installedProviders();");
    Thread.currentThread()
        .setContextClassLoader(
            PolicyJar.loader(
                APPLICATION, PolicyJar.in(directory).provider("web").write("web.jar")));

    assertThat(calledIn(PolicyJar.loader(APPLICATION, jar))).containsExactly("plugin", "web");
  }

  @Test
  void aProviderThatTwoLoadersHaveIsFoundOnce() throws Exception {
    Path jar = plugin("policies = Lowtide.installedProviders();");
    Thread.currentThread().setContextClassLoader(PolicyJar.loader(APPLICATION, jar));

    assertThat(calledIn(PolicyJar.loader(APPLICATION, jar))).containsExactly("plugin");
  }

  @Test
  void aLoaderWithAnotherCopyOfLowtideIsNotAsked() {
    Path jar = PolicyJar.in(directory).provider("other").write("other.jar");
    List<String> asked = new ArrayList<>();
    ClassLoader copy = PolicyJar.loader(null, PolicyJar.core(), jar);
    Thread.currentThread()
        .setContextClassLoader(
            new ClassLoader(copy) {
              @Override
              public Enumeration<URL> getResources(String name) throws IOException {
                asked.add(name);
                return super.getResources(name);
              }
            });

    assertThat(Lowtide.installedProviders()).isEmpty();
    assertThat(asked).noneMatch(name -> name.endsWith(PolicyProvider.class.getName()));
  }

  @Test
  void oneLoaderCanBeNamed() {
    Path jar = PolicyJar.in(directory).provider("named").write("named.jar");

    assertThat(ecosystems(Lowtide.installedProviders(PolicyJar.loader(APPLICATION, jar))))
        .containsExactly("named");
  }

  @Test
  void aLayerCanBeNamed() {
    Path jar = PolicyJar.in(directory).provider("layered").write("layered.jar");

    assertThat(ecosystems(Lowtide.installedProviders(layer(jar)))).containsExactly("layered");
  }

  @Test
  void aModuleFindsThoseOfItsLayerThoughEachHasALoaderOfItsOwn() throws Exception {
    Path caller = plugin("policies = Lowtide.installedProviders();");
    Path other = PolicyJar.in(directory).provider("layered").write("layered.jar");
    ModuleLayer layer = layer(caller, other);

    assertThat(calledIn(layer.findLoader("plugin"))).containsExactlyInAnyOrder("plugin", "layered");
  }

  @Test
  void aProviderThatCannotBeLoadedLeavesTheOthers() {
    Path jar =
        PolicyJar.in(directory)
            .naming("gone.Provider")
            .source(
                "broken.Provider",
                """
                package broken;
                public abstract class Provider extends plugin.Missing {}
                """)
            .source("plugin.Missing", "package plugin; public class Missing {}")
            .naming("broken.Provider")
            .provider("sound")
            .write("mixed.jar");

    assertThat(ecosystems(Lowtide.installedProviders(PolicyJar.loader(APPLICATION, jar))))
        .containsExactly("sound");
  }

  @Test
  void aLoaderThatCannotListItsFilesIsGivenUp() {
    ClassLoader failing =
        new ClassLoader(APPLICATION) {
          @Override
          public Enumeration<URL> getResources(String name) throws IOException {
            throw new IOException("closed");
          }
        };

    assertThat(Lowtide.installedProviders(failing)).isEmpty();
  }

  /** A jar with a provider, and a class that calls Lowtide. */
  private Path plugin(String call) {
    return PolicyJar.in(directory)
        .provider("plugin")
        .source(
            "plugin.Caller",
            """
            package plugin;

            import dev.lowtide.execute.Lowtide;
            import dev.lowtide.policy.PolicyProvider;
            import java.util.List;

            public final class Caller implements java.util.function.Supplier<List<PolicyProvider>> {
              @Override public List<PolicyProvider> get() {
                List<PolicyProvider> policies;
                %s
                return policies;
              }
            }
            """
                .formatted(call))
        .write("plugin.jar");
  }

  private static ModuleLayer layer(Path... jars) {
    ModuleLayer boot = ModuleLayer.boot();
    ModuleFinder finder = ModuleFinder.of(jars);
    Configuration configuration =
        boot.configuration()
            .resolve(
                finder,
                ModuleFinder.of(),
                finder.findAll().stream()
                    .map(module -> module.descriptor().name())
                    .collect(Collectors.toSet()));
    return boot.defineModulesWithManyLoaders(configuration, APPLICATION);
  }

  @SuppressWarnings("unchecked")
  private static List<String> calledIn(ClassLoader loader) throws Exception {
    Class<?> caller = loader.loadClass("plugin.Caller");
    return ecosystems(
        ((Supplier<List<PolicyProvider>>) caller.getConstructor().newInstance()).get());
  }

  private static List<String> ecosystems(List<PolicyProvider> providers) {
    return providers.stream().map(PolicyProvider::ecosystem).toList();
  }
}

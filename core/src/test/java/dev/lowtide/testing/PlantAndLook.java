package dev.lowtide.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lowtide.plan.PlanItem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Plants one thing that a person would miss into a tree that real tools have made, at a random
 * place of what plans remove or right beside it, and judges the plans that are made then: no item
 * may hold the planted thing, and nothing may go that went by none of them before. Some plans are
 * carried out, and everything else must be as it was. With nothing planted everything must go, so
 * that refusing does not pass. Where a tree holds several projects, each gets its own plant at the
 * same time, but for one, which must go as if nothing had been planted.
 *
 * <pre>{@code
 * PlantAndLook.into(() -> Planned.workspace(tree))
 *     .records(file -> file.endsWith("RECORD"))
 *     .notEditing("bytecode: no person edits it", file -> file.toString().endsWith(".pyc"))
 *     .plant(1);
 * }</pre>
 *
 * <p>The tree is made once, on a real file system. Each plant has a seed of its own, which a
 * failure names: {@code -Dlowtide.seed=SEED -Dlowtide.plants=1} plants that again.
 */
public final class PlantAndLook {
  /** For each fixture, unless it shares them; the profile {@code attack} plants thousands. */
  private static final int PLANTS = Integer.getInteger("lowtide.plants", 60);

  /** One of so many plans is carried out, since what it removes has to be copied back. */
  private static final int APPLIED = PLANTS > 1000 ? 32 : 8;

  /** All failures are of use, unless there is no end of them. */
  private static final int FAILURES = 20;

  /** Plans a tree as it is. */
  @FunctionalInterface
  public interface Look {
    Planned plan();
  }

  private final List<Look> looks;
  private final Set<Plant.Kind> kinds = EnumSet.allOf(Plant.Kind.class);
  private Predicate<Path> records = path -> false;
  private Predicate<Path> unedited = path -> false;
  private Predicate<Path> unmoved = path -> false;
  private Predicate<Path> settled = path -> false;
  private int shares = 1;

  private PlantAndLook(List<Look> looks) {
    this.looks = looks;
  }

  /** Plants into what these plans remove, each of which is judged. */
  public static PlantAndLook into(Look... looks) {
    return new PlantAndLook(List.of(looks));
  }

  /**
   * The files by which a tool accounts for others. Without one of them, or with a part or an older
   * one of it, what it accounted for is no more known than a person's file: something stays.
   */
  public PlantAndLook records(Predicate<Path> isRecord) {
    records = isRecord;
    return this;
  }

  /**
   * Files that are never edited, since the loss of an edit is none, or nothing can tell of it.
   *
   * @param why the reason, for those who read the test
   */
  public PlantAndLook notEditing(String why, Predicate<Path> isUnedited) {
    assertThat(why).isNotBlank();
    unedited = unedited.or(isUnedited);
    return this;
  }

  /**
   * Files and directories that are never renamed, moved or given away, since the loss is none.
   *
   * @param why the reason, for those who read the test
   */
  public PlantAndLook notMoving(String why, Predicate<Path> isUnmoved) {
    assertThat(why).isNotBlank();
    unmoved = unmoved.or(isUnmoved);
    return this;
  }

  /**
   * Files that are never moved to another directory of their project, since their content tells
   * what they are wherever they lie, and that nothing is lost.
   *
   * @param why the reason, for those who read the test
   */
  public PlantAndLook knownAnywhere(String why, Predicate<Path> isSettled) {
    assertThat(why).isNotBlank();
    settled = settled.or(isSettled);
    return this;
  }

  /**
   * Without some kinds.
   *
   * @param why the reason, for those who read the test
   */
  public PlantAndLook without(String why, Plant.Kind... left) {
    assertThat(why).isNotBlank();
    kinds.removeAll(List.of(left));
    return this;
  }

  /** Plants only so many times less, where a test has several trees. */
  public PlantAndLook sharedBy(int trees) {
    shares = trees;
    return this;
  }

  /** Plants; the same seed plants the same things. */
  public void plant(long defaultSeed) throws IOException {
    List<Planned> first = looks.stream().map(Look::plan).toList();
    List<Set<Path>> going = first.stream().map(PlantAndLook::items).toList();
    assertThat(going).as("what goes while nothing is planted").noneMatch(Set::isEmpty);
    Path root = first.get(0).tree().root();
    PristineCopy copy = PristineCopy.of(root, records);
    try {
      List<Plot> plots = plots(root, going);
      Map<Plant.Kind, Integer> planted = new TreeMap<>();
      List<AssertionError> failures = new ArrayList<>();
      long seed = Long.getLong("lowtide.seed", defaultSeed * 1_000_000);
      int times = Math.max(1, PLANTS / shares);
      // In one plot nothing is planted, so that it shows whether the others are judged by it.
      int atOnce = Math.max(1, plots.size() - 1);
      for (int i = 0; i < times; i += atOnce) {
        Round round = new Round(plots);
        int before = failures.size();
        try (round) {
          for (int more = 0; more < Math.min(atOnce, times - i); more++) {
            round.plant(copy, seed + i + more);
          }
          round.judge(i / atOnce);
        } catch (AssertionError e) {
          System.out.println(e.getMessage());
          failures.add(e);
        }
        round.plants.values().forEach(plant -> planted.merge(plant.kind(), 1, Integer::sum));
        if (failures.size() > before) {
          assertThat(failures).hasSizeLessThan(FAILURES);
          copy.restore();
        } else {
          copy.restore(round.isApplied, round.touched());
        }
        if (i / 500 < (i + atOnce) / 500) {
          System.out.println("planted " + sum(planted) + " of " + times);
        }
      }
      assertThat(failures).isEmpty();
      if (times >= 30) {
        assertThat(planted.keySet()).as("planted kinds").hasSizeGreaterThan(kinds.size() / 2);
      }
      if (times > 100) {
        System.out.println("planted " + sum(planted) + " in " + plots.size() + ": " + planted);
      }
      everythingGoes(copy, going);
    } finally {
      copy.delete();
    }
  }

  private static int sum(Map<Plant.Kind, Integer> planted) {
    return planted.values().stream().mapToInt(Integer::intValue).sum();
  }

  /**
   * A part of the tree that has nothing to do with the other parts: what is planted in one changes
   * nothing of what goes in another.
   *
   * @param going what goes by each look while nothing is planted
   */
  private record Plot(Path path, Plant.Places places, List<Set<Path>> going) {}

  /** One for each child of the root in which something goes. */
  private List<Plot> plots(Path root, List<Set<Path>> going) throws IOException {
    Set<Path> paths = new TreeSet<>();
    for (Set<Path> items : going) {
      items.forEach(item -> paths.add(root.resolve(root.relativize(item).getName(0))));
    }
    List<Plot> plots = new ArrayList<>();
    for (Path path : paths) {
      List<Set<Path>> within = going.stream().map(items -> within(path, items)).toList();
      Set<Path> all = new TreeSet<>();
      within.forEach(all::addAll);
      plots.add(new Plot(path, places(all), within));
    }
    return plots;
  }

  private static Set<Path> within(Path path, Set<Path> items) {
    Set<Path> within = new TreeSet<>(items);
    within.removeIf(item -> !item.startsWith(path));
    return within;
  }

  /** What is planted at once, one thing in each plot, and judged by one plan. */
  private final class Round implements AutoCloseable {
    private final List<Plot> plots;
    private final Map<Plot, Plant> plants = new LinkedHashMap<>();
    private final Map<Plot, String> names = new HashMap<>();
    private boolean isApplied;

    Round(List<Plot> plots) {
      this.plots = plots;
    }

    /** The same seed plants the same thing in the same plot, whatever else is planted. */
    void plant(PristineCopy copy, long seed) throws IOException {
      Plot plot = plots.get(Math.floorMod(seed, plots.size()));
      // Random's first numbers of seeds in a row are nearly the same.
      Random random = new Random(new SplittableRandom(seed).nextLong());
      List<Plant.Kind> all = List.copyOf(kinds);
      // All plots have the same kind at a time: some kinds have to wait, or to be carried out.
      int kind = Math.floorMod(Math.floorDiv(seed, plots.size()), all.size());
      for (int attempt = 0; attempt < 100; attempt++) {
        Optional<Plant> plant = Plant.plant(all.get(kind), plot.places(), copy, random);
        if (plant.isPresent()) {
          plants.put(plot, plant.get());
          names.put(plot, "seed " + seed + ": planted " + all.get(kind) + " " + plant.get().path());
          return;
        }
        kind = random.nextInt(all.size());
      }
      throw new AssertionError("nothing can be planted with seed " + seed);
    }

    List<Path> touched() {
      return plants.values().stream().flatMap(plant -> plant.touched().stream()).toList();
    }

    void judge(int number) throws IOException {
      List<Planned> plans = looks.stream().map(Look::plan).toList();
      List<Set<Path>> going = plans.stream().map(PlantAndLook::items).toList();
      for (Plot plot : plots) {
        Plant plant = plants.get(plot);
        List<Set<Path>> here = going.stream().map(items -> within(plot.path(), items)).toList();
        if (plant != null) {
          judge(names.get(plot), plant, here, plot.going());
        } else {
          assertThat(here).as("%s; what goes elsewhere", names.values()).isEqualTo(plot.going());
        }
      }
      isApplied =
          number % APPLIED == 0
              || plants.values().stream().anyMatch(plant -> plant.kind().isLostByRemovalOnly());
      if (isApplied) {
        carryOut(names.values().toString(), plans.get(number / APPLIED % plans.size()));
      }
    }

    private void judge(String what, Plant plant, List<Set<Path>> items, List<Set<Path>> before) {
      for (Set<Path> each : items) {
        assertThat(each)
            .as(what + "; what goes that did not before")
            .allMatch(
                item ->
                    before.stream().flatMap(Set::stream).anyMatch(item::startsWith)
                        || plant.hasRemadeBytecode(item));
        if (!plant.kind().isLostByRemovalOnly() && !plant.kind().isOfARecord()) {
          assertThat(each).as(what + "; what goes with it").noneMatch(plant::isHeldBy);
        }
      }
      if (plant.kind().isOfARecord()) {
        assertThat(items).as(what + "; what goes as if the record were there").isNotEqualTo(before);
      }
    }

    private void carryOut(String what, Planned planned) throws IOException {
      Map<String, String> before = others(planned);
      planned.lowtide().apply(planned.plan());
      assertThat(others(planned)).as(what + "; what is there after the plan").isEqualTo(before);
      plants.values().forEach(plant -> plant.assertThatItIsThere(what));
    }

    @Override
    public void close() {
      plants.values().forEach(Plant::close);
    }
  }

  /** All that is part of no item; directories without their times, which removal changes. */
  private static Map<String, String> others(Planned planned) {
    Set<Path> items = items(planned);
    Map<String, String> others = planned.tree().fingerprint(items::contains);
    others.replaceAll((name, what) -> what.startsWith("directory") ? "directory" : what);
    return others;
  }

  private void everythingGoes(PristineCopy copy, List<Set<Path>> going) throws IOException {
    for (int look = 0; look < looks.size(); look++) {
      copy.restore();
      Planned planned = looks.get(look).plan();
      assertThat(items(planned))
          .as("what goes when all is taken away; kept are %s", planned.refused())
          .isEqualTo(going.get(look));
      Set<String> others = others(planned).keySet();
      planned.apply();
      assertThat(planned.tree().names()).as("what is left").containsExactlyElementsOf(others);
    }
  }

  private static Set<Path> items(Planned planned) {
    Set<Path> items = new TreeSet<>();
    planned.plan().items().stream().map(PlanItem::path).forEach(items::add);
    return items;
  }

  private Plant.Places places(Set<Path> items) throws IOException {
    Set<Path> files = new TreeSet<>();
    Set<Path> directories = new TreeSet<>();
    Set<Path> homes = new TreeSet<>();
    for (Path item : items) {
      homes.add(item.getParent());
      for (Path each : below(item)) {
        if (Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS)) {
          homes.add(each);
          if (!items.contains(each)) {
            directories.add(each);
          }
        } else {
          files.add(each);
        }
      }
    }
    Predicate<Path> isRenamed = path -> !unmoved.test(path) && !records.test(path);
    Predicate<Path> isMoved = path -> isRenamed.test(path) && !settled.test(path);
    return new Plant.Places(
        filtered(files, isRenamed),
        filtered(files, isMoved),
        filtered(directories, path -> !unmoved.test(path) && holdsAny(path, files, isRenamed)),
        filtered(directories, path -> !unmoved.test(path) && holdsAny(path, files, isMoved)),
        List.copyOf(homes),
        filtered(files, path -> isFile(path) && !unedited.test(path) && !records.test(path)),
        filtered(files, records));
  }

  /** A directory in which nothing would be missed is itself not missed. */
  private static boolean holdsAny(Path path, Set<Path> files, Predicate<Path> isMissed) {
    return files.stream().anyMatch(file -> file.startsWith(path) && isMissed.test(file));
  }

  private static boolean isFile(Path path) {
    return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static List<Path> filtered(Collection<Path> paths, Predicate<Path> kept) {
    return paths.stream().filter(kept).toList();
  }

  private static List<Path> below(Path path) throws IOException {
    List<Path> below = new ArrayList<>();
    try (Stream<Path> all = Files.walk(path)) {
      all.forEach(below::add);
    }
    return below;
  }
}

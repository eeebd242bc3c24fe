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
 * that refusing does not pass.
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

  /** One of so many plans is carried out: the tree is copied back each time. */
  private static final int APPLIED = 8;

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
      Set<Path> all = new TreeSet<>();
      going.forEach(all::addAll);
      Plant.Places places = places(all);
      Map<Plant.Kind, Integer> planted = new TreeMap<>();
      long seed = Long.getLong("lowtide.seed", defaultSeed * 1_000_000);
      int times = Math.max(1, PLANTS / shares);
      boolean isApplied;
      List<Path> touched;
      for (int i = 0; i < times; i++) {
        try (Plant plant = plantAny(places, copy, seed + i)) {
          planted.merge(plant.kind(), 1, Integer::sum);
          String what = "seed " + (seed + i) + ": planted " + plant.kind() + " " + plant.path();
          List<Planned> plans = looks.stream().map(Look::plan).toList();
          for (Planned plan : plans) {
            judge(what, plant, items(plan), all);
          }
          if (plant.kind().isOfARecord()) {
            assertThat(plans.stream().map(PlantAndLook::items))
                .as(what + "; what goes as if the record were there")
                .isNotEqualTo(going);
          }
          isApplied = i % APPLIED == 0 || plant.kind().isLostByRemovalOnly();
          if (isApplied) {
            carryOut(what, plant, plans.get(i / APPLIED % plans.size()));
          }
          touched = plant.touched();
        }
        copy.restore(isApplied, touched);
        if (i % 100 == 99) {
          System.out.println("planted " + (i + 1) + " of " + times);
        }
      }
      if (times >= 30) {
        assertThat(planted.keySet()).as("planted kinds").hasSizeGreaterThan(kinds.size() / 2);
      }
      if (times > 100) {
        System.out.println("planted " + sum(planted) + " in " + going + ": " + planted);
      }
      everythingGoes(copy, going);
    } finally {
      copy.delete();
    }
  }

  private static int sum(Map<Plant.Kind, Integer> planted) {
    return planted.values().stream().mapToInt(Integer::intValue).sum();
  }

  private Plant plantAny(Plant.Places places, PristineCopy copy, long seed) throws IOException {
    // Random's first numbers of seeds in a row are nearly the same.
    Random random = new Random(new SplittableRandom(seed).nextLong());
    List<Plant.Kind> all = List.copyOf(kinds);
    for (int attempt = 0; attempt < 100; attempt++) {
      Optional<Plant> plant =
          Plant.plant(all.get(random.nextInt(all.size())), places, copy, random);
      if (plant.isPresent()) {
        return plant.get();
      }
    }
    throw new AssertionError("nothing can be planted with seed " + seed);
  }

  private static void judge(String what, Plant plant, Set<Path> items, Set<Path> before) {
    assertThat(items)
        .as(what + "; what goes that did not before")
        .allMatch(item -> before.stream().anyMatch(item::startsWith));
    if (!plant.kind().isLostByRemovalOnly() && !plant.kind().isOfARecord()) {
      assertThat(items).as(what + "; what goes with it").noneMatch(plant::isHeldBy);
    }
  }

  private static void carryOut(String what, Plant plant, Planned planned) throws IOException {
    Map<String, String> before = others(planned);
    planned.lowtide().apply(planned.plan());
    assertThat(others(planned)).as(what + "; what is there after the plan").isEqualTo(before);
    plant.assertThatItIsThere(what);
  }

  /** All that is part of no item; directories without their times, which removal changes. */
  private static Map<String, String> others(Planned planned) {
    Map<String, String> others = planned.tree().fingerprint();
    others.replaceAll((name, what) -> what.startsWith("directory") ? "directory" : what);
    Set<Path> items = items(planned);
    others
        .keySet()
        .removeIf(name -> items.stream().anyMatch(planned.tree().path(name)::startsWith));
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
    return new Plant.Places(
        filtered(files, path -> !unmoved.test(path) && !records.test(path)),
        filtered(directories, path -> !unmoved.test(path)),
        List.copyOf(homes),
        filtered(files, path -> isFile(path) && !unedited.test(path) && !records.test(path)),
        filtered(files, records));
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

package dev.lowtide.cli;

import static java.util.Objects.requireNonNull;

import com.google.gson.JsonObject;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.fs.JsonParts;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The command {@code policies}: lists the policies. */
final class PoliciesCommand implements Callable<Integer> {
  private final Session session;
  private final Json json = new Json();
  private @Nullable CommandSpec spec;

  PoliciesCommand(Session session) {
    this.session = session;
  }

  /** The command with its options. */
  CommandSpec command() {
    Options options =
        new Options(
            "policies",
            this,
            "Lists the policies: what each removes, what it costs to restore that, where it looks,"
                + " and which jar it comes from if it is not Lowtide's.",
            "  lowtide policies",
            "  lowtide policies --json");
    options.exits("The policies are listed.", "Something failed.");
    json.addTo(options);
    spec = options.spec();
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    List<PolicyProvider> providers = session.providers().get();
    List<Policy> policies = new ArrayList<>();
    Map<String, Path> jars = new HashMap<>();
    for (PolicyProvider provider : providers) {
      List<Policy> some = PolicyProvider.Selection.ALL.from(List.of(provider));
      policies.addAll(some);
      PolicyJars.of(provider).ifPresent(jar -> some.forEach(policy -> jars.put(policy.id(), jar)));
    }
    List<CleanupTarget> places = Selection.discover(session, session.host(), providers);
    if (json.requested()) {
      JsonObject document = JsonParts.document();
      document.add("policies", JsonParts.array(policies, policy -> json(policy, places, jars)));
      Json.print(session.out(), document);
    } else {
      int columns =
          session.terminal()
              ? requireNonNull(spec).commandLine().getUsageHelpWidth()
              : Integer.MAX_VALUE;
      session.out().print(table(policies, places, jars).within(columns));
    }
    return Program.OK;
  }

  private Table table(List<Policy> policies, List<CleanupTarget> places, Map<String, Path> jars) {
    List<String> columns = new ArrayList<>(List.of("ID", "REMOVES", "COST", "WHERE"));
    if (!jars.isEmpty()) {
      columns.add("FROM");
    }
    Table table = new Table(columns.toArray(String[]::new));
    for (Policy policy : policies) {
      String where =
          where(policy, places).stream()
              .map(place -> Printable.of(place.root()))
              .collect(Collectors.joining(", "));
      if (inRoots(policy)) {
        where = where.isEmpty() ? "any --root" : "any --root, " + where;
      }
      List<String> cells = new ArrayList<>();
      cells.add(policy.id());
      cells.add(Printable.of(policy.description()));
      cells.add(policy.cost().name().toLowerCase(Locale.ROOT));
      cells.add(where.isEmpty() ? "nowhere on this host" : where);
      if (!jars.isEmpty()) {
        Path jar = jars.get(policy.id());
        cells.add(jar == null ? "lowtide" : Printable.of(jar));
      }
      table.row(cells.toArray());
    }
    return table;
  }

  private boolean inRoots(Policy policy) {
    return policy.appliesTo(CleanupTarget.of("workspace", session.host().workingDirectory()));
  }

  private static List<CleanupTarget> where(Policy policy, List<CleanupTarget> places) {
    return places.stream().filter(policy::appliesTo).toList();
  }

  private JsonObject json(Policy policy, List<CleanupTarget> places, Map<String, Path> jars) {
    JsonObject object = new JsonObject();
    object.addProperty("id", policy.id());
    object.addProperty("description", policy.description());
    object.addProperty("cost", policy.cost().name());
    object.addProperty("inRoots", inRoots(policy));
    object.add(
        "locations",
        JsonParts.array(
            where(policy, places),
            place -> {
              JsonObject location = new JsonObject();
              location.addProperty("id", place.id());
              return JsonParts.path(location, place.root());
            }));
    Path jar = jars.get(policy.id());
    if (jar != null) {
      object.add("jar", JsonParts.path(new JsonObject(), jar));
    }
    return object;
  }
}

package dev.lowtide.cli;

import com.google.gson.JsonObject;
import dev.lowtide.CleanupTarget;
import dev.lowtide.Printable;
import dev.lowtide.policy.Policy;
import dev.lowtide.policy.PolicyProvider;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** The command {@code policies}: lists the policies. */
final class PoliciesCommand implements Callable<Integer> {
  private final Session session;

  private final Json json = new Json();

  PoliciesCommand(Session session) {
    this.session = session;
  }

  /** The command with its options. */
  CommandSpec command() {
    Options options =
        new Options(
            "policies",
            this,
            "Lists the policies: what each removes, what it costs to restore that, and where it"
                + " looks.",
            "  lowtide policies",
            "  lowtide policies --json");
    options.exits("The policies are listed.", "Something failed.");
    json.addTo(options);
    return options.spec();
  }

  @Override
  public Integer call() throws IOException {
    List<PolicyProvider> providers = session.providers().get();
    List<Policy> policies = PolicyProvider.Selection.ALL.from(providers);
    List<CleanupTarget> places = Selection.discover(session.host(), providers);
    if (json.requested()) {
      JsonObject document = Json.document();
      document.add("policies", Json.array(policies, policy -> json(policy, places)));
      Json.print(session.out(), document);
    } else {
      session.out().print(table(policies, places));
    }
    return Program.OK;
  }

  private String table(List<Policy> policies, List<CleanupTarget> places) {
    Table table =
        new Table(
            Table.Column.left("ID"),
            Table.Column.left("REMOVES"),
            Table.Column.left("COST"),
            Table.Column.left("WHERE"));
    for (Policy policy : policies) {
      String where =
          where(policy, places).stream()
              .map(place -> Printable.of(place.root()))
              .collect(Collectors.joining(", "));
      if (inRoots(policy)) {
        where = where.isEmpty() ? "any --root" : "any --root, " + where;
      }
      table.row(
          policy.id(),
          policy.description(),
          policy.cost().name().toLowerCase(Locale.ROOT),
          where.isEmpty() ? "nowhere on this host" : where);
    }
    return table.toString();
  }

  private boolean inRoots(Policy policy) {
    return policy.appliesTo(CleanupTarget.of("workspace", session.host().workingDirectory()));
  }

  private static List<CleanupTarget> where(Policy policy, List<CleanupTarget> places) {
    return places.stream().filter(policy::appliesTo).toList();
  }

  private JsonObject json(Policy policy, List<CleanupTarget> places) {
    JsonObject object = new JsonObject();
    object.addProperty("id", policy.id());
    object.addProperty("description", policy.description());
    object.addProperty("cost", policy.cost().name());
    object.addProperty("inRoots", inRoots(policy));
    object.add(
        "locations",
        Json.array(
            where(policy, places),
            place -> {
              JsonObject location = new JsonObject();
              location.addProperty("id", place.id());
              return Json.path(location, place.root());
            }));
    return object;
  }
}

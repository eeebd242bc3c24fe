package dev.lowtide.plan;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lowtide.CleanupTarget;
import dev.lowtide.FileIdentity;
import dev.lowtide.Problem;
import dev.lowtide.fs.JsonParts;
import dev.lowtide.plan.CleanupPlan.Refusal;
import dev.lowtide.policy.Action.RunCommand;
import dev.lowtide.policy.Candidate;
import dev.lowtide.policy.Requirement;
import dev.lowtide.policy.Requirement.Exists;
import dev.lowtide.policy.Requirement.SameContent;
import dev.lowtide.policy.Requirement.Stopped;
import dev.lowtide.policy.Requirement.Unlocked;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Writes a plan as JSON, schema {@value CleanupPlan#SCHEMA}. {@link PlanReader} reads the {@code
 * uri} of each path.
 */
final class PlanWriter {
  private PlanWriter() {}

  static String write(CleanupPlan plan) {
    JsonObject json = new JsonObject();
    json.addProperty("schema", plan.schema());
    json.addProperty("createdAt", plan.createdAt().toString());
    if (!plan.madeBy().isEmpty()) {
      json.addProperty("madeBy", plan.madeBy());
    }
    json.add("targets", array(plan.targets(), PlanWriter::target));
    json.add("items", array(plan.items(), PlanWriter::item));
    json.add("refused", array(plan.refused(), PlanWriter::refusal));
    json.add("problems", array(plan.problems(), PlanWriter::problem));
    if (!plan.notes().isEmpty()) {
      json.add("notes", JsonParts.strings(plan.notes()));
    }
    JsonParts.size(json, "reclaimable", plan.reclaimable());
    return JsonParts.text(json);
  }

  private static <T> JsonArray array(Iterable<T> values, BiConsumer<T, JsonObject> write) {
    JsonArray array = new JsonArray();
    for (T value : values) {
      JsonObject object = new JsonObject();
      write.accept(value, object);
      array.add(object);
    }
    return array;
  }

  private static void target(CleanupTarget target, JsonObject json) {
    json.addProperty("id", target.id());
    json.addProperty("kind", target.kind().name());
    JsonParts.path(json, target.root());
    json.add("keep", JsonParts.strings(target.keep()));
  }

  private static void item(PlanItem item, JsonObject json) {
    Candidate candidate = item.candidate();
    json.addProperty("id", item.id());
    json.addProperty("policy", item.policy());
    json.addProperty("target", item.target());
    json.addProperty("action", candidate.deletes() ? "delete" : "command");
    JsonParts.path(json, item.path());
    if (candidate.action() instanceof RunCommand command) {
      json.add("argv", JsonParts.strings(command.argv()));
      command.estimatedBytes().ifPresent(bytes -> json.addProperty("estimatedBytes", bytes));
    }
    json.addProperty("cause", candidate.cause().name());
    json.addProperty("reason", candidate.reason());
    json.addProperty("cost", candidate.cost().name());
    json.addProperty("apparentBytes", item.apparentBytes());
    json.addProperty("allocatedBytes", item.allocated().bytes());
    json.addProperty("allocatedExact", item.allocated().isExact());
    JsonParts.size(json, "reclaimable", item.reclaimable());
    json.addProperty("lastUsed", candidate.lastUsed().toString());
    if (candidate.isDatedByModification()) {
      json.addProperty("datedBy", PlanReader.BY_MODIFICATION);
    }
    if (!candidate.requires().isEmpty()) {
      json.add("requires", array(candidate.requires(), PlanWriter::requirement));
    }
    paths(json, "after", candidate.after());
    paths(json, "locks", candidate.locks());
    candidate
        .marker()
        .ifPresent(
            marker -> {
              JsonObject object = new JsonObject();
              object.addProperty("fileName", marker.fileName());
              object.addProperty("beginning", marker.beginning());
              json.add("marker", object);
            });
    PlanItem.Identity identity = item.identity();
    JsonObject object = identity(identity.root());
    object.addProperty("entries", identity.entries());
    object.addProperty("newestModified", identity.newestModified().toString());
    if (!identity.newestChanged().equals(Instant.MAX)) {
      object.addProperty("newestChanged", identity.newestChanged().toString());
      object.addProperty("severalNames", identity.severalNames());
    }
    json.add("identity", object);
  }

  private static JsonObject identity(FileIdentity identity) {
    JsonObject object = new JsonObject();
    object.addProperty("kind", identity.kind().name());
    object.addProperty("device", identity.device());
    object.addProperty("inode", identity.inode());
    object.addProperty("changedNanos", identity.changedNanos());
    if (identity.bornNanos() != 0) {
      object.addProperty("bornNanos", identity.bornNanos());
    }
    return object;
  }

  private static void paths(JsonObject json, String name, List<Path> paths) {
    if (!paths.isEmpty()) {
      json.add(name, array(paths, (path, object) -> JsonParts.path(object, path)));
    }
  }

  private static void requirement(Requirement requirement, JsonObject json) {
    if (requirement instanceof RunCommand command) {
      JsonParts.path(json, command.path());
      json.add("argv", JsonParts.strings(command.argv()));
    } else if (requirement instanceof Stopped server) {
      json.add("stop", JsonParts.strings(server.stop()));
      json.add("start", JsonParts.strings(server.start()));
      json.add("ownVariables", JsonParts.strings(server.ownVariables()));
      json.add("address", JsonParts.strings(server.address()));
    } else if (requirement instanceof Unlocked lock) {
      JsonParts.path(json, lock.file());
    } else if (requirement instanceof SameContent same) {
      JsonParts.path(json, same.mine());
      JsonObject other = new JsonObject();
      JsonParts.path(other, same.other());
      json.add("same", other);
      json.addProperty("stays", same.stays());
    } else if (requirement instanceof Exists required) {
      JsonParts.path(json, required.path());
      json.add("identity", identity(required.identity()));
    }
  }

  static void refusal(Refusal refusal, JsonObject json) {
    json.addProperty("policy", refusal.policy());
    JsonParts.path(json, refusal.path());
    json.addProperty("guard", refusal.guard());
    json.addProperty("reason", refusal.reason());
  }

  private static void problem(Problem problem, JsonObject json) {
    JsonParts.path(json, problem.path());
    json.addProperty("operation", problem.operation());
    json.addProperty("message", problem.message());
  }
}

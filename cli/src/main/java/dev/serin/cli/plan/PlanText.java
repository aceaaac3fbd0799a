package dev.serin.cli.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Sets;
import dev.serin.mesh.tree.EnvoyResource;
import dev.serin.mesh.tree.PlannedBase;
import dev.serin.mesh.tree.PlannedBase.Difference;
import dev.serin.mesh.tree.YamlText;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells a step from the one before: first how little changes, then what. */
public final class PlanText {
  private final PrintWriter out;

  public PlanText(PrintWriter out) {
    this.out = out;
  }

  /** Prints one step. */
  public void step(Moment moment, PlannedBase before, PlannedBase after) {
    Difference difference = after.since(before);
    out.println(moment.title() + ": " + summary(difference));
    ImmutableList<EnvoyResource> resources = after.base().resources();
    for (int i = 0; i < resources.size(); i++) {
      EnvoyResource resource = resources.get(i);
      ObjectNode old = before.edited().get(i);
      ObjectNode now = after.edited().get(i);
      if (!old.equals(now)) {
        String name = resource.type() + " " + resource.name();
        String where = name + " (" + resource.file() + ":" + resource.line() + ")";
        diff(where, name + " (" + moment.title() + ")", old, now);
      }
    }
    Map<String, ObjectNode> had = before.addedByName();
    Map<String, ObjectNode> has = after.addedByName();
    for (String name : Sets.union(had.keySet(), has.keySet())) {
      ObjectNode old = had.get(name);
      ObjectNode now = has.get(name);
      if (old == null || !old.equals(now)) {
        diff(
            old == null ? "/dev/null" : name,
            now == null ? "/dev/null" : name + " (" + moment.title() + ")",
            old,
            now);
      }
    }
    out.println();
  }

  /** The line that says how far a step reaches. */
  static String summary(Difference difference) {
    if (difference.isNothing()) {
      return "nothing changes: all %s as %s"
          .formatted(
              count(difference.resources(), "resource"),
              difference.resources() == 1 ? "it is" : "they are");
    }
    int untouched = difference.resources() - difference.changedResources();
    StringBuilder line = new StringBuilder();
    line.append(number(difference.changedRoutes()))
        .append(" of ")
        .append(count(difference.routes(), "route"))
        .append(difference.changedRoutes() == 1 ? " changes in " : " change in ")
        .append(number(difference.changedResources()))
        .append(" of ")
        .append(count(difference.resources(), "resource"))
        .append("; ")
        .append(number(untouched))
        .append(untouched == 1 ? " stays as it is" : " stay as they are");
    if (difference.added() > 0) {
      line.append("; ").append(count(difference.added(), "resource")).append(" added");
    }
    if (difference.removed() > 0) {
      line.append("; ").append(count(difference.removed(), "added resource")).append(" gone");
    }
    return line.toString();
  }

  private void diff(String from, String to, @Nullable ObjectNode old, @Nullable ObjectNode now) {
    out.println("--- " + from);
    out.println("+++ " + to);
    LineDiff.of(lines(old), lines(now)).forEach(out::println);
  }

  private static List<String> lines(@Nullable ObjectNode tree) {
    return tree == null ? List.of() : YamlText.of(tree).lines().toList();
  }

  private static String count(int number, String what) {
    return number(number) + " " + what + (number == 1 ? "" : "s");
  }

  private static String number(int number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}

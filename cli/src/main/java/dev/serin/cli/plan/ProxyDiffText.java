package dev.serin.cli.plan;

import com.google.protobuf.ByteString;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.tree.PlannedBase.Difference;
import dev.serin.mesh.tree.ResourceYaml;
import dev.serin.v1.DiffReach;
import dev.serin.v1.ResourceDiff;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Tells what a live proxy has from what it would have without Serin, or at the step before, as a
 * plan is told.
 */
public final class ProxyDiffText {
  private final PrintWriter out;
  private final UnaryOperator<String> safe;

  /**
   * Prints there.
   *
   * @param safe makes others' words such that a terminal does not take them for its commands
   */
  public ProxyDiffText(PrintWriter out, UnaryOperator<String> safe) {
    this.out = out;
    this.safe = safe;
  }

  /**
   * Prints all of it.
   *
   * @param step what changes from the step before it; empty: from what would be without Serin
   */
  public void print(
      String node, Optional<String> step, DiffReach reach, List<ResourceDiff> resources) {
    out.println(
        safe.apply(node)
            + step.map(name -> " " + safe.apply(name)).orElse("")
            + ": "
            + PlanText.summary(
                new Difference(
                    reach.getChangedRoutes(),
                    reach.getRoutes(),
                    reach.getChangedResources(),
                    reach.getResources(),
                    reach.getAdded(),
                    reach.getRemoved())));
    String before = step.isPresent() ? "before" : "base";
    String after = step.map(name -> node + " " + name).orElse(node);
    resources.forEach(resource -> print(before, after, resource));
  }

  private void print(String before, String after, ResourceDiff resource) {
    String type = resource.getTypeUrl();
    String name = type.substring(type.lastIndexOf('.') + 1) + " " + resource.getName();
    boolean has = !resource.getServedVersion().isEmpty();
    boolean had = !resource.getBaseVersion().isEmpty();
    out.println("--- " + (had ? safe.apply(name + " (" + before + ")") : "/dev/null"));
    out.println("+++ " + (has ? safe.apply(name + " (" + after + ")") : "/dev/null"));
    Optional<List<String>> old = lines(had, type, resource.getBase());
    Optional<List<String>> now = lines(has, type, resource.getServed());
    if (old.isPresent() && now.isPresent()) {
      LineDiff.of(old.get(), now.get()).forEach(out::println);
    } else {
      String why =
          type.equals(TypeUrls.SECRET)
              ? "what secrets hold is not told"
              : "of a type that is not known here";
      out.println(
          "@@ "
              + why
              + ": version "
              + (had ? resource.getBaseVersion() : "none")
              + ", now "
              + (has ? resource.getServedVersion() : "none")
              + " @@");
    }
  }

  private Optional<List<String>> lines(boolean there, String type, ByteString value) {
    if (!there) {
      return Optional.of(List.of());
    }
    return type.equals(TypeUrls.SECRET)
        ? Optional.empty()
        : ResourceYaml.of(type, value).map(text -> text.lines().map(this::line).toList());
  }

  /** A line keeps its place in the block. */
  private String line(String text) {
    String words = text.stripLeading();
    return " ".repeat(text.length() - words.length()) + safe.apply(words);
  }
}

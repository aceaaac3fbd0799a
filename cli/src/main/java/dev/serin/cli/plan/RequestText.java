package dev.serin.cli.plan;

import dev.serin.mesh.RouteSimulator.Answer;
import dev.serin.mesh.RouteSimulator.Share;
import dev.serin.mesh.SimulatedRequest;
import dev.serin.mesh.tree.EnvoyResource;
import dev.serin.mesh.tree.PlannedBase;
import dev.serin.policy.Ppm;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;

/** Tells where a request goes at each step. */
public final class RequestText {
  private final PrintWriter out;
  private final SimulatedRequest request;

  public RequestText(PrintWriter out, SimulatedRequest request) {
    this.out = out;
    this.request = request;
  }

  /** Prints one step, a line for each table that has a virtual host for the request. */
  public void step(Moment moment, PlannedBase planned) {
    List<PlannedBase.Way> ways = planned.ask(request);
    if (ways.isEmpty()) {
      out.println(
          moment.title() + ": no table of the base has a virtual host for " + request.host());
    }
    for (PlannedBase.Way way : ways) {
      EnvoyResource table = way.resource();
      out.println(
          "%s: %s %s (%s:%d): %s"
              .formatted(
                  moment.title(),
                  table.type(),
                  table.name(),
                  table.file(),
                  table.line(),
                  told(way.answer())));
    }
  }

  private static String told(Answer answer) {
    return switch (answer) {
      case Answer.Routed routed ->
          routed.shares().stream()
                  .filter(share -> share.ppm() > 0)
                  .map(RequestText::told)
                  .collect(Collectors.joining(", "))
              + routed.hashKey().map(key -> ", by its hash").orElse("")
              + by(routed.route());
      case Answer.NotRouted nowhere -> "to no cluster: " + nowhere.reason();
      case Answer.Undecided open -> "cannot be told: " + open.reason() + by(open.route());
    };
  }

  private static String told(Share share) {
    return Ppm.percent(share.ppm()) + " to " + share.cluster();
  }

  private static String by(String route) {
    return route.isEmpty() ? "" : " (route " + route + ")";
  }
}

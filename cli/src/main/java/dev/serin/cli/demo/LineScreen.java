package dev.serin.cli.demo;

import dev.serin.policy.Ppm;
import dev.serin.v1.ClusterStatus;
import dev.serin.v1.ConvergenceStatus;
import dev.serin.v1.RolloutStatus;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.Collectors;

/** One line for each change, for logs and pipes. */
final class LineScreen implements Screen {
  private final PrintWriter out;
  private String last = "";

  LineScreen(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void say(String text) {
    out.println(text);
    out.flush();
  }

  @Override
  public void show(Frame frame) {
    RolloutStatus status = frame.rollout().getStatus();
    String state =
        "%s  step %d/%d  weight %s  %s"
            .formatted(
                status.getPhase(),
                status.getStep().getIndex(),
                frame.steps(),
                Ppm.percent(status.getWeightPpm()),
                status.getClustersList().stream()
                    .map(LineScreen::acked)
                    .collect(Collectors.joining("  ")));
    // The reason counts requests; that alone is no change.
    String change = state + status.getVerdict().getState();
    if (!change.equals(last)) {
      last = change;
      say(
          String.format(
              Locale.ROOT,
              "%s %5.1f s  %s%n          %s",
              frame.rollout().getSpec().getTo(),
              frame.elapsed().toMillis() / 1000.0,
              state,
              status.getReason()));
    }
  }

  /** As {@code amsterdam 2/2}. */
  static String acked(ClusterStatus cluster) {
    ConvergenceStatus convergence = cluster.getConvergence();
    return cluster.getName() + " " + convergence.getAcked() + "/" + convergence.getWant();
  }

  @Override
  public void done() {
    last = "";
  }
}

package dev.serin.judge;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The dispersion that blocks of two halves of stable show, once more from the formulas. */
final class ScalarHistory {

  private final JsonNode blocks;

  /** Blocks of two minutes, each {@code {durationS: 120, a: {...}, b: {...}}}. */
  ScalarHistory(JsonNode blocks) {
    this.blocks = blocks;
  }

  /** Chi-square and degrees of freedom of the errors. */
  double[] errors() {
    return of(half -> half.get("errors").asDouble());
  }

  /** The same of the requests slower than an edge. */
  double[] slowerThan(double ms) {
    return of(half -> {
      double sum = 0;
      JsonNode latency = half.get("latency");
      for (int i = 1; i < latency.get("counts").size(); i++) {
        boolean slower = latency.get("le").get(i - 1).asDouble() >= ms;
        sum += slower ? latency.get("counts").get(i).asDouble() : 0;
      }
      return sum;
    });
  }

  private double[] of(ToDoubleFunction<JsonNode> hits) {
    List<double[]> joined = new ArrayList<>(); // requests and hits of a, of b
    double[] open = new double[4];
    for (JsonNode block : blocks) {
      open[0] += block.get("a").get("requests").asDouble();
      open[1] += hits.applyAsDouble(block.get("a"));
      open[2] += block.get("b").get("requests").asDouble();
      open[3] += hits.applyAsDouble(block.get("b"));
      if (open[1] + open[3] >= 4) {
        joined.add(open);
        open = new double[4];
      }
    }
    double hitsOfA = joined.stream().mapToDouble(b -> b[1]).sum();
    double expected = joined.stream().mapToDouble(b -> b[3] * b[0] / b[2]).sum();
    double odds = (hitsOfA + 0.5) / (expected + 0.5);
    double chi = 0;
    for (double[] b : joined) {
      double share = odds * b[0] / (odds * b[0] + b[2]);
      double all = b[1] + b[3];
      double off = b[1] - all * share;
      chi += Math.min(16, off * off / Math.max(all * share * (1 - share), 0.25));
    }
    double missing = Math.max(0, 1 - blocks.size() / 15.0);
    return new double[] {chi + 50 * missing, Math.max(joined.size() - 1, 0) + 10 * missing};
  }
}

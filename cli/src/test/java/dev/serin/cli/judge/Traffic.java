package dev.serin.cli.judge;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Random;

/**
 * A simulated service with two versions: Poisson arrivals, split by the weight that it was told,
 * independent or clustered errors, log-normal latencies.
 *
 * @param rate requests a second
 * @param failing share of requests that fail in stable
 * @param failingMore share that fails in the canary on top
 * @param cluster mean number of errors that come together
 * @param slower the canary's latencies against stable's
 * @param lostFrom start of a gap in the telemetry, in seconds
 * @param lostTo its end
 */
record Traffic(
    double rate,
    double failing,
    double failingMore,
    double cluster,
    double slower,
    int lostFrom,
    int lostTo) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double MEDIAN_MS = 50;
  private static final double SPREAD = 0.5;
  private static final double[] EDGES = edges();

  static Traffic healthy(double rate) {
    return new Traffic(rate, 0.001, 0, 1, 1, 0, 0);
  }

  Traffic failing(double more) {
    return new Traffic(rate, failing, more, cluster, slower, lostFrom, lostTo);
  }

  Traffic clustered(double mean) {
    return new Traffic(rate, failing, failingMore, mean, slower, lostFrom, lostTo);
  }

  Traffic slower(double times) {
    return new Traffic(rate, failing, failingMore, cluster, times, lostFrom, lostTo);
  }

  Traffic lost(int from, int to) {
    return new Traffic(rate, failing, failingMore, cluster, slower, from, to);
  }

  /** Twenty blocks of two minutes, stable against itself. */
  String history(Random random) {
    ObjectNode line = JSON.createObjectNode();
    ArrayNode blocks = line.putArray("history");
    for (int i = 0; i < 20; i++) {
      ObjectNode block = blocks.addObject().put("durationS", 120);
      block.set("a", arm(random, rate * 60, failing, 1));
      block.set("b", arm(random, rate * 60, failing, 1));
    }
    return line.toString();
  }

  /** Ten seconds from {@code t} on. */
  String window(Random random, int t, double weight) {
    ObjectNode line = JSON.createObjectNode().put("t", t).put("durationS", 10);
    line.put("weight", weight);
    ObjectNode versions = line.putObject("versions");
    if (t >= lostFrom && t < lostTo) {
      line.putArray("missing").add("canary").add("stable");
      return line.toString();
    }
    double broken = Math.min(1, failing + failingMore);
    versions.set("canary", arm(random, rate * 10 * weight, broken, slower));
    versions.set("stable", arm(random, rate * 10 * (1 - weight), failing, 1));
    return line.toString();
  }

  private ObjectNode arm(Random random, double expected, double broken, double times) {
    ArrayNode counts = JSON.createArrayNode();
    ArrayNode le = JSON.createArrayNode();
    long requests = 0;
    double below = 0;
    for (double edge : EDGES) {
      double share = edge == Double.POSITIVE_INFINITY ? 1 : share(edge / times);
      long count = poisson(random, expected * (share - below));
      below = share;
      requests += count;
      counts.add(count);
      if (edge == Double.POSITIVE_INFINITY) {
        le.add("+Inf");
      } else {
        le.add(edge);
      }
    }
    ObjectNode arm = JSON.createObjectNode().put("requests", requests);
    arm.put(
        "errors", broken >= 1 ? requests : Math.min(requests, errors(random, requests * broken)));
    arm.putObject("latency").<ObjectNode>set("le", le).set("counts", counts);
    return arm;
  }

  private long errors(Random random, double expected) {
    long clusters = poisson(random, expected / cluster);
    long errors = clusters;
    if (cluster > 1) {
      for (long i = 0; i < clusters; i++) {
        while (random.nextDouble() < 1 - 1 / cluster) {
          errors++;
        }
      }
    }
    return errors;
  }

  private static long poisson(Random random, double mean) {
    if (mean > 50) {
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.nextGaussian()));
    }
    double limit = Math.exp(-mean);
    long count = 0;
    for (double product = random.nextDouble(); product > limit; product *= random.nextDouble()) {
      count++;
    }
    return count;
  }

  /** The share of requests up to {@code ms}: a logistic curve, which is close to the normal one. */
  private static double share(double ms) {
    return 1 / (1 + Math.exp(-1.702 * Math.log(ms / MEDIAN_MS) / SPREAD));
  }

  private static double[] edges() {
    double[] edges = new double[61];
    for (int i = 0; i < 30; i++) {
      double edge = Math.round(10_000 * Math.pow(1.2, i)) / 1000.0;
      edges[2 * i] = edge;
      edges[2 * i + 1] = Math.round(edge * 1050) / 1000.0;
    }
    edges[60] = Double.POSITIVE_INFINITY;
    return edges;
  }
}

package dev.serin.judge;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Random;

/**
 * A stream of windows drawn at random, in the form in which they are recorded. The weight grows
 * every 20 windows, whatever the judge says.
 *
 * @param rps requests a second
 * @param ratio of requests that fail
 * @param worse what the canary's ratio is more
 * @param cluster how many errors come together
 * @param slower the canary's latencies against stable's
 * @param lost whether telemetry is lost or reset now and then
 * @param burst whether half of both arms' requests fail for a minute
 */
record DrawnStream(
    double rps,
    double ratio,
    double worse,
    int cluster,
    double slower,
    boolean lost,
    boolean burst) {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double[] WEIGHTS = {0.01, 0.05, 0.1, 0.25, 0.5, 0.98};
  private static final int WINDOWS = 120;
  private static final double[] LE = {20, 21, 40, 42, 60, 63, 90, 94.5, 140, 147, 200, 300, 600};

  ArrayNode history(Random random) {
    ArrayNode blocks = JSON.createArrayNode();
    for (int i = 0; i < 18; i++) {
      ObjectNode block = blocks.addObject().put("durationS", 120);
      block.set("a", arm(rps * 60, ratio, 1, random));
      block.set("b", arm(rps * 60, ratio, 1, random));
    }
    return blocks;
  }

  ArrayNode windows(Random random) {
    ArrayNode windows = JSON.createArrayNode();
    for (int i = 0; i < WINDOWS; i++) {
      double weight = WEIGHTS[i / 20];
      ObjectNode window = windows.addObject();
      window.put("t", 10 * i).put("durationS", 10).put("weight", weight);
      boolean missing = lost && i % 17 == 5;
      ArrayNode gone = window.putArray("missing");
      ObjectNode versions = window.putObject("versions");
      if (missing) {
        gone.add("canary");
      } else {
        double common = burst && i >= 50 && i < 56 ? 0.5 : ratio;
        versions.set("canary", arm(rps * 10 * weight, common + worse, slower, random));
        versions.set("stable", arm(rps * 10 * (1 - weight), common, 1, random));
      }
      window.put("counterReset", lost && i % 23 == 7);
    }
    return windows;
  }

  private ObjectNode arm(double expected, double failing, double times, Random random) {
    ObjectNode arm = JSON.createObjectNode();
    ArrayNode le = JSON.createArrayNode();
    ArrayNode counts = JSON.createArrayNode();
    long requests = 0;
    double below = 0;
    for (int i = 0; i <= LE.length; i++) {
      double share = i == LE.length ? 1 : 1 / (1 + Math.pow(50 * times / LE[i], 3.5));
      long count = Draws.poisson(expected * (share - below), random);
      below = share;
      requests += count;
      counts.add(count);
      if (i == LE.length) {
        le.add("+Inf");
      } else {
        le.add(LE[i]);
      }
    }
    long errors = cluster * Draws.poisson(requests * failing / cluster, random);
    arm.put("requests", requests).put("errors", Math.min(requests, errors));
    arm.putObject("latency").<ObjectNode>set("le", le).set("counts", counts);
    return arm;
  }
}

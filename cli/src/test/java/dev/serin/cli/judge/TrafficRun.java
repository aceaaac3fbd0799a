package dev.serin.cli.judge;

import java.util.Arrays;
import java.util.Random;

/** One rollout's worth of a {@link Traffic}, drawn at random; it remembers what it spoiled. */
final class TrafficRun {
  private static final int STEP_S = 10;
  private static final double MEMORY_S = 60;
  private static final double[] EDGES = edges();
  private static final String LE =
      Arrays.toString(EDGES).replace("[", "").replace("Infinity]", "\"+Inf\"");

  private final Traffic traffic;
  private final Random random;
  private final double[] errorNoise = new double[2];
  private final double[] latencyNoise = new double[2];
  private final double phase;
  private final int outageFromS;
  private final int outageToS;
  private double nextBurstS;
  private double burstEndsS;
  private double spoiled;

  TrafficRun(Traffic traffic, Random random) {
    this.traffic = traffic;
    this.random = random;
    for (int arm = 0; arm < 2; arm++) {
      errorNoise[arm] = traffic.errorNoise * random.nextGaussian();
      latencyNoise[arm] = traffic.latencyNoise * random.nextGaussian();
    }
    phase = 2 * Math.PI * random.nextDouble();
    outageFromS = 30 + random.nextInt(870);
    outageToS = outageFromS + 300 + random.nextInt(300);
    nextBurstS = 400 * exponential();
  }

  /** Requests of the canary that failed and would not have on stable, so far, on average. */
  double spoiled() {
    return spoiled;
  }

  /** What is spoiled when the canary keeps so much of the traffic from {@code t} to the hour. */
  void leaveUntilTheHour(int t, double weight) {
    for (int s = t; s < 3600; s += STEP_S) {
      spoiled += traffic.rate * STEP_S * weight * more(s);
    }
  }

  /** Twenty blocks of two minutes, stable against itself. */
  String history(String run) {
    StringBuilder line = new StringBuilder("{\"run\":\"" + run + "\",\"history\":[");
    for (int block = 0; block < 20; block++) {
      long[][] halves = {new long[EDGES.length + 1], new long[EDGES.length + 1]};
      for (int t = 0; t < 120; t += STEP_S) {
        drift();
        for (int arm = 0; arm < 2; arm++) {
          long[] part =
              arm(
                  traffic.rate * STEP_S / 2,
                  traffic.failing * lift(arm),
                  traffic.scale * Math.exp(latencyNoise[arm]),
                  0);
          for (int i = 0; i < part.length; i++) {
            halves[arm][i] += part[i];
          }
        }
      }
      line.append(block == 0 ? "" : ",").append("{\"durationS\":120,\"a\":");
      write(line, halves[0]);
      line.append(",\"b\":");
      write(line, halves[1]);
      line.append('}');
    }
    return line.append("]}").toString();
  }

  /** Ten seconds from {@code t} on. */
  String window(String run, int t, double weight) {
    drift();
    StringBuilder line = new StringBuilder();
    line.append("{\"run\":\"" + run + "\",\"t\":" + t + ",\"durationS\":10,\"weight\":" + weight);
    double day = traffic.diurnal ? 1 + 0.7 * Math.sin(2 * Math.PI * t / 3600 + phase) : 1;
    double requests = traffic.rate * STEP_S * day;
    double failing = traffic.failing * Math.max(0.3, day) + shared(t);
    long[] canary =
        arm(
            requests * weight,
            (failing + more(t)) * lift(0),
            traffic.scale * slower(t) * Math.exp(latencyNoise[0]),
            traffic.verySlow);
    long[] stable =
        arm(
            requests * (1 - weight),
            failing * lift(1),
            traffic.scale * Math.exp(latencyNoise[1]),
            0);
    spoiled += Arrays.stream(canary, 1, canary.length).sum() * more(t);
    if (t >= traffic.lostFromS && t < traffic.lostToS) {
      return line.append(",\"versions\":{},\"missing\":[\"canary\",\"stable\"]}").toString();
    }
    line.append(",\"versions\":{\"canary\":");
    write(line, canary);
    line.append(",\"stable\":");
    write(line, stable);
    boolean reset = random.nextDouble() < traffic.resets;
    return line.append("},\"missing\":[],\"counterReset\":" + reset + "}").toString();
  }

  private double more(int t) {
    if (traffic.leak) {
      return 0.009 * Math.max(0, t - 600) / 600;
    }
    return t >= traffic.failsFromS ? traffic.failingMore : 0;
  }

  private double slower(int t) {
    double cold = traffic.coldStart ? 1 + 2 * Math.exp(-t / 60.0) : 1;
    double leaking = traffic.leak ? 1 + t / 3000.0 : 1;
    return traffic.slower * cold * leaking;
  }

  /** What both arms fail more: a burst of half a minute now and then, a dependency that is down. */
  private double shared(int t) {
    if (t >= nextBurstS) {
      burstEndsS = nextBurstS + 20 + 30 * random.nextDouble();
      nextBurstS = burstEndsS + 400 * exponential();
    }
    boolean out = traffic.outage && t >= outageFromS && t < outageToS;
    return (traffic.bursts && t < burstEndsS ? 0.2 : 0) + (out ? 0.05 : 0);
  }

  /** The noise of each arm's own, correlated over a minute. */
  private void drift() {
    double kept = Math.exp(-STEP_S / MEMORY_S);
    double kick = Math.sqrt(1 - kept * kept);
    for (int arm = 0; arm < 2; arm++) {
      errorNoise[arm] = kept * errorNoise[arm] + kick * traffic.errorNoise * random.nextGaussian();
      latencyNoise[arm] =
          kept * latencyNoise[arm] + kick * traffic.latencyNoise * random.nextGaussian();
    }
  }

  private double lift(int arm) {
    return Math.exp(errorNoise[arm] - traffic.errorNoise * traffic.errorNoise / 2);
  }

  /** Errors first, then the requests of each bucket. */
  private long[] arm(double expected, double failing, double times, double verySlow) {
    long[] arm = new long[EDGES.length + 1];
    long requests = 0;
    double below = 0;
    for (int i = 0; i < EDGES.length; i++) {
      double share = share(EDGES[i], times, verySlow);
      arm[i + 1] = Draws.poisson(expected * (share - below), random);
      below = share;
      requests += arm[i + 1];
    }
    double ratio = Math.min(1, failing);
    arm[0] =
        traffic.cluster > 1
            ? Draws.clustered(requests, ratio, traffic.cluster, random)
            : Draws.binomial(requests, ratio, random);
    return arm;
  }

  private static double share(double ms, double times, double verySlow) {
    double usual =
        0.98 * Draws.normal(Math.log(ms / times / 50) / 0.45)
            + 0.02 * Draws.normal(Math.log(ms / times / 200) / 0.35);
    return (1 - verySlow) * usual + verySlow * Draws.normal(Math.log(ms / 450) / 0.35);
  }

  private static void write(StringBuilder line, long[] arm) {
    String counts = Arrays.toString(Arrays.copyOfRange(arm, 1, arm.length));
    long requests = Arrays.stream(arm, 1, arm.length).sum();
    line.append("{\"requests\":" + requests + ",\"errors\":" + arm[0]);
    line.append(",\"latency\":{\"le\":[" + LE + "],\"counts\":" + counts + "}}");
  }

  private double exponential() {
    return -Math.log(1 - random.nextDouble());
  }

  /** From 10 ms on a fifth more each, and each with a neighbour that is 5 % more. */
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

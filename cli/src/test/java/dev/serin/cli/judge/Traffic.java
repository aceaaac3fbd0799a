package dev.serin.cli.judge;

import java.util.Random;

/**
 * A kind of service and of release. Requests arrive at random and are split by the weight that is
 * in force; latencies are log-normal around 50 ms with a slow tail of 2 %.
 */
final class Traffic {
  double rate;
  double failing = 0.001;
  double failingMore;
  int failsFromS;
  double cluster = 1;
  double errorNoise;
  double latencyNoise;
  double scale = 1;
  double slower = 1;
  double verySlow;
  int lostFromS;
  int lostToS;
  double resets;
  boolean bursts;
  boolean outage;
  boolean diurnal;
  boolean coldStart;
  boolean leak;

  private Traffic(double rate) {
    this.rate = rate;
  }

  /** So many requests a second, of which so many fail. */
  static Traffic of(double rate, double failing) {
    Traffic traffic = new Traffic(rate);
    traffic.failing = failing;
    return traffic;
  }

  /** What the canary fails more. */
  Traffic more(double ratio) {
    failingMore = ratio;
    return this;
  }

  private Traffic moreFrom(int seconds, double ratio) {
    failsFromS = seconds;
    return more(ratio);
  }

  private Traffic slower(double times) {
    slower = times;
    return this;
  }

  private Traffic lost(int from, int to) {
    lostFromS = from;
    lostToS = to;
    return this;
  }

  private Traffic bursts() {
    bursts = true;
    return this;
  }

  TrafficRun run(Random random) {
    return new TrafficRun(this, random);
  }

  /** The release that a scenario's name stands for. */
  static Traffic named(String scenario) {
    return switch (scenario) {
      case "aa_10rps" -> of(10, 0.001);
      case "aa_100rps" -> of(100, 0.001);
      case "aa_1krps" -> of(1_000, 0.001);
      case "aa_10krps" -> of(10_000, 0.001);
      case "aa_1k_p0.01%" -> of(1_000, 0.0001);
      case "aa_1k_p0.5%" -> of(1_000, 0.005);
      case "aa_100_p1%" -> of(100, 0.01);
      case "aa_1k_p1.5%" -> of(1_000, 0.015);
      case "burst_both" -> of(1_000, 0.001).bursts();
      case "outage_6min" -> of(1_000, 0.001).lost(120, 480);
      case "low_0.1rps" -> of(0.1, 0.01);
      case "low_1rps" -> of(1, 0.01);
      case "err_x1.2_p1%_1k" -> of(1_000, 0.01).more(0.002);
      case "err_x2_p0.1%_1k" -> of(1_000, 0.001).more(0.001);
      case "err_x2_p0.1%_100" -> of(100, 0.001).more(0.001);
      case "err_x2_p1%_1k" -> of(1_000, 0.01).more(0.01);
      case "err_x10_p0.1%_1k" -> of(1_000, 0.001).more(0.009);
      case "err_x10_p0.1%_100" -> of(100, 0.001).more(0.009);
      case "err_x10_p0.01%_1k" -> of(1_000, 0.0001).more(0.0009);
      case "err+1%_10rps" -> of(10, 0.001).more(0.01);
      case "err+1%_100rps" -> of(100, 0.001).more(0.01);
      case "err+1%_1k" -> of(1_000, 0.001).more(0.01);
      case "err+1%_10k" -> of(10_000, 0.001).more(0.01);
      case "err+5%_10rps" -> of(10, 0.001).more(0.05);
      case "err+5%_100rps" -> of(100, 0.001).more(0.05);
      case "err+5%_1k" -> of(1_000, 0.001).more(0.05);
      case "cohort1%_half_fail_1k" -> of(1_000, 0.001).more(0.005);
      case "err+5%_with_bursts" -> of(1_000, 0.001).more(0.05).bursts();
      case "err+1%_outage5m" -> of(1_000, 0.001).more(0.01).lost(0, 300);
      case "late+2%_at6min" -> of(1_000, 0.001).moreFrom(360, 0.02);
      case "late+2%_at3min" -> of(1_000, 0.001).moreFrom(180, 0.02);
      case "total_fail_10rps" -> of(10, 0.001).more(0.999);
      case "total_fail_1k" -> of(1_000, 0.001).more(0.999);
      case "lat+10%_1k" -> of(1_000, 0.001).slower(1.1);
      case "lat+50%_1k" -> of(1_000, 0.001).slower(1.5);
      case "lat+50%_100" -> of(100, 0.001).slower(1.5);
      case "low0.1rps_+50%" -> of(0.1, 0.01).more(0.5);
      case "low1rps_+20%" -> of(1, 0.01).more(0.2);
      default -> peculiar(scenario);
    };
  }

  private static Traffic peculiar(String scenario) {
    Traffic traffic = of(1_000, 0.001);
    switch (scenario) {
      case "aa_p99_480ms" -> traffic.scale = 2.235;
      case "depout_both" -> traffic.outage = true;
      case "diurnal" -> traffic.diurnal = true;
      case "cold_start" -> traffic.coldStart = true;
      case "counter_reset" -> traffic.resets = 0.025;
      case "leak_1k" -> traffic.leak = true;
      case "p99only_1k" -> traffic.verySlow = 0.03;
      case "clustered_x5" -> {
        traffic.failing = 0.005;
        traffic.cluster = 5;
      }
      case "armnoise_ar20%" -> {
        traffic.failing = 0.005;
        traffic.errorNoise = 0.2;
      }
      case "latnoise_ar2%" -> {
        traffic.rate = 200;
        traffic.latencyNoise = 0.02;
      }
      default ->
          throw new IllegalArgumentException(scenario + " (expected: a scenario of bands.csv)");
    }
    return traffic;
  }
}

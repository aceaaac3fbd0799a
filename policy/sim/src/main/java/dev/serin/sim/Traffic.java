package dev.serin.sim;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Histogram;
import dev.serin.judge.Window;
import dev.serin.plan.TrafficPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** Requests, and the windows of evidence that the server makes of what proxies report. */
final class Traffic {

  static final Duration WINDOW = Duration.ofSeconds(10);
  private static final double STABLE_FAILS = 0.001;
  private static final double STAFF = 0.02;

  /** A proxy whose canary fails so much more often than that of the others is not believed. */
  private static final double ALONE = 0.05;

  /** Where the others' canaries fail as well, it is the version. */
  private static final double MOST = 0.5;

  /** From so many reports on there are others to hold one against. */
  private static final int MANY = 3;

  double canaryFails;
  double bothFail;
  boolean everBroken;
  long silentUntil;
  boolean reset;
  long lagMs;
  private final Set<Integer> slanderers = new HashSet<>();
  private boolean amongFew;

  private final Seams seams;
  private final Chance chance;
  private final Fleet fleet;
  private final int requestsPerSecond;

  Traffic(Seams seams, Script script, Fleet fleet) {
    this.seams = seams;
    this.chance = new Chance(script.seed());
    this.fleet = fleet;
    this.requestsPerSecond = script.requestsPerSecond();
  }

  /** Remembers who has ever told lies about the canary. */
  void behaves(int proxy, Act.Way way) {
    if (way == Act.Way.SLANDERS) {
      slanderers.add(proxy);
    }
  }

  /** Whether just one proxy has ever told lies, and always among others who did not. */
  boolean loneSlanderer() {
    return slanderers.size() == 1 && !amongFew;
  }

  private record Report(Proxy proxy, ArmCounts canary, ArmCounts stable, ArmCounts staff) {
    Report withRatio(double ratio) {
      long errors = Math.min(canary.errors(), Math.round(canary.requests() * ratio));
      return new Report(
          proxy, new ArmCounts(canary.requests(), errors, Histogram.NONE), stable, staff);
    }
  }

  /** The window that ends now, of the proxies that ran the plan for the whole of it. */
  Window window(TrafficPlan plan, long now) {
    long start = now - WINDOW.toMillis();
    List<Report> reports = new ArrayList<>();
    int due = 0;
    for (Proxy proxy : fleet.proxies) {
      if (plan.equals(proxy.acked) && proxy.ackedAt <= start) {
        due++;
        if (proxy.connected) {
          reports.add(report(proxy, now));
        }
      }
    }
    amongFew |=
        reports.size() < MANY && reports.stream().anyMatch(r -> r.proxy().way == Act.Way.SLANDERS);
    boolean usable = due > 0 && 2 * reports.size() >= due && !reset;
    reset = false;
    List<Report> believed = seams.doubtsLoneReports() ? doubted(reports) : reports;
    TreeMap<String, Window.Arms> arms = new TreeMap<>();
    ArmCounts staff = ArmCounts.NONE;
    for (Report report : believed) {
      Window.Arms more = new Window.Arms(report.canary(), report.stable());
      arms.merge(report.proxy().cluster, more, Traffic::both);
      staff = sum(staff, report.staff());
    }
    return new Window(
        plan.generation(),
        start / 1000.0,
        WINDOW,
        plan.weightPpm(),
        ImmutableSortedMap.copyOf(arms),
        plan.cohortPpm().isEmpty()
            ? ImmutableSortedMap.of()
            : ImmutableSortedMap.of("staff", staff),
        usable);
  }

  private Report report(Proxy proxy, long now) {
    Random random = chance.of(7_000 + proxy.id, now);
    long requests =
        Chance.binomial(
            random, 2L * requestsPerSecond * WINDOW.toSeconds() / fleet.proxies.size(), 0.5);
    long ofStaff = Chance.binomial(random, requests, STAFF);
    int weight = proxy.applied.map(TrafficPlan::weightPpm).orElse(0);
    int staffPpm = proxy.applied.map(p -> p.effectivePpm("staff")).orElse(0);
    boolean apart = proxy.applied.filter(p -> p.cohortPpm().containsKey("staff")).isPresent();
    long split = apart ? requests - ofStaff : requests;
    long canary = Chance.binomial(random, split, weight / 1e6);
    long staff = apart ? Chance.binomial(random, ofStaff, staffPpm / 1e6) : 0;
    boolean slanders = proxy.way == Act.Way.SLANDERS;
    double base = Math.max(STABLE_FAILS, bothFail);
    double bad = slanders ? 1 : base + (1 - base) * canaryFails;
    return new Report(
        proxy,
        counts(random, canary, bad),
        counts(random, split - canary, slanders ? 0 : base),
        counts(random, staff, slanders ? base + (1 - base) * canaryFails : bad));
  }

  private static ArmCounts counts(Random random, long requests, double ratio) {
    return new ArmCounts(requests, Chance.binomial(random, requests, ratio), Histogram.NONE);
  }

  /**
   * One proxy whose canary alone fails counts as the others do, as the product's telemetry has it.
   */
  private static List<Report> doubted(List<Report> reports) {
    if (reports.size() < MANY) {
      return reports;
    }
    long requests = reports.stream().mapToLong(r -> r.canary().requests()).sum();
    long errors = reports.stream().mapToLong(r -> r.canary().errors()).sum();
    return reports.stream()
        .map(r -> {
          long others = requests - r.canary().requests();
          double theirs = others == 0 ? 0 : (double) (errors - r.canary().errors()) / others;
          double its = (double) r.canary().errors() / Math.max(1, r.canary().requests());
          return its > theirs + ALONE && theirs < MOST ? r.withRatio(theirs) : r;
        })
        .toList();
  }

  private static Window.Arms both(Window.Arms a, Window.Arms b) {
    return new Window.Arms(sum(a.canary(), b.canary()), sum(a.stable(), b.stable()));
  }

  private static ArmCounts sum(ArmCounts a, ArmCounts b) {
    return new ArmCounts(a.requests() + b.requests(), a.errors() + b.errors(), Histogram.NONE);
  }
}

package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import dev.serin.calendar.Schedule;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Control;
import dev.serin.judge.Histogram;
import dev.serin.judge.Verdict;
import dev.serin.judge.Window;
import dev.serin.plan.Terms;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Analysis;
import dev.serin.policy.Analysis.Harm;
import dev.serin.policy.Analysis.Metric;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.CanaryPolicy.Exit;
import dev.serin.policy.Cohort;
import dev.serin.policy.Conduct;
import dev.serin.policy.Fault;
import dev.serin.policy.FreezeWindow;
import dev.serin.policy.MeshService;
import dev.serin.policy.Mirror;
import dev.serin.policy.RateLimit;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.policy.Step;
import dev.serin.policy.StickySource;
import dev.serin.policy.Treatment;
import dev.serin.policy.Variants;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;

/** Records that a file could have led to, drawn from a seed. */
final class RandomRecords {

  static final String TEXT = "abcXYZ019 -_./:\\\"'#{}[]&*!|>%@`~\u00e9\u4e2d\ud83d\ude00,?=+";
  static final String COOKIE = "abcXYZ019-_./:'#{}[]&*!|>%@`~?=+";

  private final Random random;

  RandomRecords(long seed) {
    this.random = new Random(seed);
  }

  CanaryPolicy policy() {
    ImmutableSortedMap<String, Cohort> cohorts = new RandomCohorts(this, random).cohorts();
    boolean isBuiltIn = random.nextInt(5) == 0;
    boolean isOff = random.nextInt(6) == 0;
    ImmutableList<StickySource> sticky = sticky();
    Conduct conduct = conduct(cohorts, isOff);
    ImmutableList<Step> steps =
        isBuiltIn
            ? CanaryPolicy.defaults(name()).steps()
            : steps(cohorts, conduct, !sticky.isEmpty());
    return new CanaryPolicy(
        name(),
        labels(),
        sticky,
        cohorts,
        steps,
        random.nextBoolean(),
        random.nextBoolean() ? OptionalInt.of(ppm()) : OptionalInt.empty(),
        new CanaryPolicy.Convergence(
            1 + random.nextInt(1_000_000), time(), exit(), random.nextInt(4)),
        new CanaryPolicy.Capacity(ppm(), random.nextInt(4)),
        isOff ? Analysis.OFF : analysis(),
        isOff
            ? CanaryPolicy.OnInconclusive.DEFAULT
            : new CanaryPolicy.OnInconclusive(
                time(), pick(CanaryPolicy.OnInconclusive.Then.values())),
        isOff ? CanaryPolicy.OnMetricsLost.DEFAULT : new CanaryPolicy.OnMetricsLost(time()),
        new CanaryPolicy.OnFailure(exit(), exit(), exit(), exit(), exit()),
        time(),
        new CanaryPolicy.Deadline(time(), exit()),
        conduct,
        random.nextBoolean() ? Schedule.ALWAYS : new RandomCalendars(random).schedule(),
        new RandomProceedings(random).proceedings());
  }

  FreezeWindow freeze() {
    return new FreezeWindow(name(), labels(), new RandomCalendars(random).freeze());
  }

  MeshService service() {
    ImmutableSortedMap.Builder<String, MeshService.Backend> versions =
        ImmutableSortedMap.naturalOrder();
    versions.put("v1", backend());
    versions.put("v2", backend());
    boolean isPublished = random.nextBoolean();
    return new MeshService(
        name(),
        labels(),
        random.nextBoolean() ? "v1" : "v2",
        pick(MeshService.Protocol.values()),
        versions.buildOrThrow(),
        isPublished ? ImmutableList.of(word(), word() + ".x") : ImmutableList.of(),
        isPublished ? 1 + random.nextInt(65535) : 0,
        new MeshService.Upstream(
            time(), time(), random.nextBoolean() ? Optional.of("/" + word()) : Optional.empty()));
  }

  RolloutSpec rollout() {
    ResourceName name = name();
    return new RolloutSpec(
        name,
        labels(),
        new ResourceName(name.tenant(), word()),
        "to-" + word(),
        word(),
        random.nextBoolean(),
        variants(),
        new RandomProceedings(random).reach());
  }

  private Variants variants() {
    return random.nextBoolean()
        ? Variants.NONE
        : new Variants(
            ImmutableSortedMap.of(
                "a-" + word(), 1 + random.nextInt(500_000), "b", 1 + random.nextInt(500_000)));
  }

  TrafficPlan plan() {
    ImmutableSortedMap<String, Cohort> cohorts = new RandomCohorts(this, random).cohorts();
    ImmutableSortedMap.Builder<String, Integer> shares = ImmutableSortedMap.naturalOrder();
    cohorts.keySet().forEach(c -> shares.put(c, ppm()));
    return new TrafficPlan(
        name(),
        name(),
        "v1",
        "v2",
        ppm(),
        shares.buildOrThrow(),
        cohorts,
        sticky(),
        text(TEXT),
        random.nextLong(),
        terms(cohorts),
        conduct(cohorts, false));
  }

  private Terms terms(ImmutableSortedMap<String, Cohort> cohorts) {
    return new Terms(Variants.NONE, ImmutableSortedSet.copyOf(some(cohorts.keySet())), treatment());
  }

  Treatment treatment() {
    return new Treatment(
        Optional.of(mirror()).filter(m -> random.nextInt(4) == 0),
        Optional.of(fault()).filter(m -> random.nextInt(4) == 0),
        Optional.of(new RateLimit(1 + random.nextInt(50), 50 + random.nextInt(50)))
            .filter(m -> random.nextInt(4) == 0));
  }

  private Mirror mirror() {
    boolean unsafe = random.nextBoolean();
    ImmutableList<String> methods =
        unsafe ? ImmutableList.of("POST", "PUT", "GET") : Mirror.SAFE.asList();
    ImmutableSortedSet<String> some = ImmutableSortedSet.copyOf(some(methods));
    return new Mirror(
        1 + random.nextInt(1_000_000),
        some.isEmpty() ? Mirror.SAFE : some,
        unsafe,
        random.nextBoolean() ? ImmutableList.of() : ImmutableList.of("v3", word()));
  }

  private Fault fault() {
    boolean delays = random.nextBoolean();
    return new Fault(
        Optional.of(new Fault.Delay(time(), 1 + random.nextInt(1_000_000))).filter(d -> delays),
        Optional.of(new Fault.Abort(200 + random.nextInt(400), 1 + random.nextInt(1_000_000)))
            .filter(a -> !delays || random.nextBoolean()));
  }

  private Conduct conduct(ImmutableSortedMap<String, Cohort> cohorts, boolean isUnjudged) {
    return new Conduct(
        random.nextBoolean(),
        random.nextBoolean() ? ImmutableSortedSet.of() : ImmutableSortedSet.of("cart", word()),
        // The other one is refused in texts.
        Conduct.Streams.KEEP,
        ImmutableSortedSet.copyOf(some(cohorts.keySet())),
        isUnjudged || random.nextBoolean()
            ? OptionalInt.empty()
            : OptionalInt.of(1 + random.nextInt(Conduct.MOST_BASELINE_PPM)));
  }

  private ImmutableList<String> some(Collection<String> all) {
    return all.stream()
        .filter(one -> random.nextInt(3) == 0)
        .collect(ImmutableList.toImmutableList());
  }

  Window window() {
    ImmutableSortedMap<String, Window.Arms> arms =
        ImmutableSortedMap.of(
            word(),
            new Window.Arms(counts(), counts()),
            "a b",
            new Window.Arms(counts(), ArmCounts.NONE));
    return new Window(
        random.nextLong(),
        number(),
        time(),
        ppm(),
        random.nextBoolean() ? Control.REST : Control.of(ppm()),
        arms,
        ImmutableSortedMap.of(word(), counts()),
        random.nextBoolean());
  }

  Verdict verdict() {
    return new Verdict(
        pick(Verdict.State.values()),
        number(),
        number(),
        ImmutableList.of(
            new Verdict.MetricVerdict(
                text(TEXT),
                pick(Verdict.State.values()),
                number(),
                number(),
                number(),
                random.nextBoolean()
                    ? Optional.of(new Verdict.Interval(number(), number()))
                    : Optional.empty(),
                number(),
                number(),
                random.nextLong())));
  }

  private ArmCounts counts() {
    int errors = random.nextInt(1000);
    return new ArmCounts(
        random.nextInt(1000) + (long) errors,
        errors,
        new Histogram(
            ImmutableDoubleArray.of(Math.abs(number(0)), Double.POSITIVE_INFINITY),
            ImmutableLongArray.of(random.nextLong(), errors)));
  }

  /** Any double at all: the bits are drawn, so every exponent and the odd NaN come up. */
  private double number() {
    return switch (random.nextInt(8)) {
      case 0 -> Double.NaN;
      case 1 -> Double.POSITIVE_INFINITY;
      case 2 -> Double.NEGATIVE_INFINITY;
      case 3 -> -0.0;
      case 4 -> Double.MIN_VALUE;
      default -> number(0);
    };
  }

  private double number(double instead) {
    double drawn = Double.longBitsToDouble(random.nextLong());
    return Double.isFinite(drawn) ? drawn : instead;
  }

  private MeshService.Backend backend() {
    return switch (random.nextInt(3)) {
      case 0 -> new MeshService.Backend.EnvoyCluster("outbound|80|" + word());
      case 1 ->
          new MeshService.Backend.Endpoints(
              ImmutableList.of(
                  new MeshService.Endpoint("10.0.0." + random.nextInt(256), 80),
                  new MeshService.Endpoint("fd00::1", 1 + random.nextInt(65535))));
      default -> new MeshService.Backend.Dns(new MeshService.Endpoint(word() + ".local", 443));
    };
  }

  private ImmutableList<Step> steps(
      ImmutableSortedMap<String, Cohort> cohorts, Conduct conduct, boolean sticky) {
    ImmutableList.Builder<Step> steps = ImmutableList.builder();
    for (int i = 0, n = 1 + random.nextInt(6); i < n; i++) {
      OptionalInt weight = random.nextInt(3) > 0 ? OptionalInt.of(ppm()) : OptionalInt.empty();
      ImmutableSortedMap.Builder<String, Integer> shares = ImmutableSortedMap.naturalOrder();
      cohorts.keySet().stream()
          .filter(c -> random.nextBoolean() && !conduct.exclude().contains(c))
          .forEach(c -> shares.put(c, ppm()));
      steps.add(
          new Step(
              "step-" + i,
              weight,
              shares.buildOrThrow(),
              time(),
              random.nextInt(3) * 1000L,
              sticky
                  ? treatment()
                  : new Treatment(Optional.empty(), treatment().fault(), treatment().rateLimit()),
              new RandomProceedings(random).threshold()));
    }
    return steps.build();
  }

  private ImmutableList<StickySource> sticky() {
    ImmutableList.Builder<StickySource> sources = ImmutableList.builder();
    for (int i = random.nextInt(3); i > 0; i--) {
      sources.add(
          random.nextBoolean()
              ? new StickySource.Header("h" + i + word())
              : new StickySource.Cookie("c" + i + word()));
    }
    if (random.nextBoolean()) {
      sources.add(new StickySource.SourceIp());
    }
    return sources.build();
  }

  private Analysis analysis() {
    ImmutableList.Builder<Metric> metrics = ImmutableList.builder();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      String name = "m-" + i;
      boolean dryRun = random.nextBoolean();
      metrics.add(
          switch (random.nextInt(4)) {
            case 0 -> new Metric.Errors(name, Harm.percentagePoints(ratio()), dryRun);
            case 1 -> new Metric.Errors(name, Harm.relative(ratio()), dryRun);
            case 2 -> new Metric.ErrorsAtMost(name, ratio(), dryRun);
            default -> new Metric.Latency(name, Math.min(ratio(), 0.999999), ratio(), dryRun);
          });
    }
    return new Analysis(
        true,
        ratio() / 2 < 0.000001 ? 0.01 : (1 + random.nextInt(500_000)) / 1e6,
        time(),
        random.nextBoolean() ? OptionalDouble.of(ratio()) : OptionalDouble.empty(),
        random.nextBoolean() ? OptionalDouble.of(ratio()) : OptionalDouble.empty(),
        metrics.build());
  }

  private Exit exit() {
    return switch (random.nextInt(3)) {
      case 0 -> new Exit.Hold();
      case 1 -> new Exit.Rollback();
      default -> new Exit.HoldThenRollback(time());
    };
  }

  private Duration time() {
    return switch (random.nextInt(4)) {
      case 0 -> Duration.ofHours(1 + random.nextInt(100));
      case 1 -> Duration.ofMillis(1000L + random.nextInt(1_000_000));
      case 2 -> Duration.ofSeconds(1 + random.nextInt(10_000), random.nextInt(1_000_000_000));
      default -> Duration.ofSeconds(1 + random.nextInt(10_000));
    };
  }

  private ImmutableSortedMap<String, String> labels() {
    return random.nextBoolean()
        ? ImmutableSortedMap.of()
        : ImmutableSortedMap.of("team", text(TEXT), "off", "");
  }

  private ResourceName name() {
    return new ResourceName(word(), random.nextInt(4) == 0 ? "1" : word());
  }

  private double ratio() {
    return (1 + random.nextInt(1_000_000)) / 1e6;
  }

  private int ppm() {
    return random.nextInt(1_000_001);
  }

  String word() {
    return text("abcdefghijklmnopqrstuvwxyz");
  }

  String text(String alphabet) {
    int[] points = alphabet.codePoints().toArray();
    int[] drawn =
        IntStream.rangeClosed(0, random.nextInt(12))
            .map(i -> points[random.nextInt(points.length)])
            .toArray();
    return new String(drawn, 0, drawn.length);
  }

  <T> T pick(T[] values) {
    return values[random.nextInt(values.length)];
  }
}

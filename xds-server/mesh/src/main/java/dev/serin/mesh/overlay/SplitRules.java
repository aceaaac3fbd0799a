package dev.serin.mesh.overlay;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.mesh.overlay.Rule.Requirement;
import dev.serin.mesh.overlay.Rule.Share;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Cohort;
import dev.serin.policy.Mirror;
import dev.serin.policy.Ppm;
import dev.serin.policy.StickySource;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Turns a plan into the ordered rules that replace each route of its service: cohorts by falling
 * share, then the split; each of them once for every sticky source.
 *
 * <p>All rules of one source use the same hash. A user's share is that of the first cohort he is
 * in, which is the largest, so he never leaves the canary while shares grow.
 */
final class SplitRules {
  /** Envoy tries routes one after the other, and tenants may list many values. */
  static final int MAX_RULES = 1_000;

  private final Split split;
  private final Capabilities capabilities;
  private final CohortWays ways;

  private SplitRules(Split split, Capabilities capabilities) {
    this.split = split;
    this.capabilities = capabilities;
    this.ways = new CohortWays(split.plan().cohorts(), capabilities);
  }

  /**
   * So many values of a header are a route each at most. Each route that does not match costs every
   * request about 0.05 us (measured on Envoy 1.40: 100 routes 101 us, 5,000 routes 337 us of CPU a
   * request); a look-up in a tree costs the same for any number.
   */
  static final int MAX_SINGLES = 100;

  /** The rules in the order in which Envoy shall try them. Call {@link #refusals} first. */
  static ImmutableList<Rule> of(Split split, Capabilities capabilities) {
    return new SplitRules(split, capabilities).rules();
  }

  /** Why these proxies cannot carry the plan; empty when they can. */
  static ImmutableList<String> refusals(Split split, Capabilities capabilities) {
    ImmutableList<String> reasons = PlanLimits.reasons(split.plan(), capabilities);
    if (!reasons.isEmpty()) {
      return reasons;
    }
    SplitRules rules = new SplitRules(split, capabilities);
    long count = rules.count();
    if (count > MAX_RULES) {
      return ImmutableList.of(
          "the cohorts of "
              + split.plan().rollout()
              + " make "
              + count
              + " routes (expected: at most "
              + MAX_RULES
              + ")");
    }
    return ImmutableList.<String>builder()
        .addAll(rules.secondDraws())
        .addAll(rules.longLists())
        .build();
  }

  /** Whether some cohort's list is so long that it takes a matcher tree. */
  static boolean hasLongList(Split split) {
    return split.plan().cohorts().values().stream()
        .flatMap(cohort -> cohort.conditions().stream())
        .anyMatch(CohortWays::isLongList);
  }

  /** Long lists are found by one look at one header. */
  private ImmutableList<String> longLists() {
    if (count() > MAX_RULES) {
      return ImmutableList.of();
    }
    ImmutableSortedSet<String> headers =
        rules().stream()
            .flatMap(rule -> rule.requirements().stream())
            .filter(Requirement.HeaderOneOf.class::isInstance)
            .map(one -> ((Requirement.HeaderOneOf) one).name())
            .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo));
    if (headers.size() > 1) {
      return ImmutableList.of(
          "lists of more than %d values of headers %s (expected: of one header)"
              .formatted(MAX_SINGLES, headers));
    }
    if (rules().stream()
        .anyMatch(rule ->
            rule.requirements().stream().filter(Requirement.HeaderOneOf.class::isInstance).count()
                > 1)) {
      return ImmutableList.of(
          "two lists of more than %d values of header %s for one cohort (expected: their common"
                  .formatted(MAX_SINGLES, headers.first())
              + " values, as one list)");
    }
    return headers.isEmpty() || capabilities.isEnvoy()
        ? ImmutableList.of()
        : ImmutableList.of(
            "a list of more than %d values of header %s (expected: an Envoy proxy, or fewer)"
                .formatted(MAX_SINGLES, headers.first()));
  }

  /** Envoy draws one number a request: what is copied would depend on who answers. */
  private ImmutableList<String> secondDraws() {
    boolean partly =
        plan().terms().treatment().mirror().filter(m -> m.sharePpm() < Ppm.ALL).isPresent();
    return partly && plan().sticky().isEmpty() && rules().stream().anyMatch(Rule::draws)
        ? ImmutableList.of(
            "a mirror of a share of the requests beside a weight that is drawn for each request"
                + " (expected: a sticky policy, no weight yet, or all of them)")
        : ImmutableList.of();
  }

  private ImmutableList<Rule> rules() {
    ImmutableList.Builder<Rule> rules = ImmutableList.builder();
    for (String cohort : plan().terms().excluded()) {
      rules.addAll(excludedRules(cohort));
    }
    for (Cohort cohort : cohortsByShare()) {
      rules.addAll(cohortRules(cohort));
    }
    rules.addAll(stickyRules("", ImmutableList.of(), splitShares()));
    return rules.build().stream().flatMap(this::mirrored).collect(toImmutableList());
  }

  /** A rule that sends anything to stable is preceded by one that copies it as well. */
  private Stream<Rule> mirrored(Rule rule) {
    boolean allCanary =
        rule.shares().stream().filter(share -> share.ppm() > 0).allMatch(Share::canary);
    Optional<Mirror> mirror = plan().terms().treatment().mirror();
    return mirror.isEmpty() || allCanary
        ? Stream.of(rule)
        : Stream.of(rule.mirroredFor(new Requirement.Method(mirror.get().methods())), rule);
  }

  /** They stay on stable, apart from its random share: who they are is no accident. */
  private ImmutableList<Rule> excludedRules(String cohort) {
    Arms arms = Objects.requireNonNull(split.cohortArms().get(cohort));
    ImmutableList<Share> all = ImmutableList.of(stable(arms, Ppm.ALL, Ppm.ALL));
    ImmutableList.Builder<Rule> rules = ImmutableList.builder();
    ImmutableList<ImmutableList<Requirement>> alternatives = ways.of(cohort);
    for (int i = 0; i < alternatives.size(); i++) {
      rules.add(
          new Rule(
              "|exclude/" + cohort + (i == 0 ? "" : "#" + (i + 1)),
              alternatives.get(i),
              all,
              Optional.empty(),
              false));
    }
    return rules.build();
  }

  private ImmutableList<Cohort> cohortsByShare() {
    return plan().cohortPpm().entrySet().stream()
        .filter(share -> share.getValue() > 0)
        .filter(share -> !plan().terms().excluded().contains(share.getKey()))
        .map(share -> Objects.requireNonNull(plan().cohorts().get(share.getKey())))
        .sorted(
            Comparator.comparingInt((Cohort cohort) -> -plan().effectivePpm(cohort.name()))
                .thenComparing(Cohort::name))
        .collect(toImmutableList());
  }

  private ImmutableList<Rule> cohortRules(Cohort cohort) {
    ImmutableList.Builder<Rule> rules = ImmutableList.builder();
    Arms arms = Objects.requireNonNull(split.cohortArms().get(cohort.name()));
    int share = plan().effectivePpm(cohort.name());
    ImmutableList<ImmutableList<Requirement>> alternatives = ways.of(cohort.name());
    for (int i = 0; i < alternatives.size(); i++) {
      String suffix = "|cohort/" + cohort.name() + (i == 0 ? "" : "#" + (i + 1));
      if (share == Ppm.ALL) {
        rules.add(
            new Rule(suffix, alternatives.get(i), shares(arms, share), Optional.empty(), false));
      } else {
        rules.addAll(stickyRules(suffix, alternatives.get(i), shares(arms, share)));
      }
    }
    return rules.build();
  }

  /** One rule a source, in the policy's order, and one for the requests that carry none. */
  private ImmutableList<Rule> stickyRules(
      String suffix, ImmutableList<Requirement> who, ImmutableList<Share> shares) {
    ImmutableList.Builder<Rule> rules = ImmutableList.builder();
    for (StickySource source : plan().sticky()) {
      switch (source) {
        case StickySource.Header(String header) ->
            rules.add(
                new Rule(
                    suffix + "|header/" + header,
                    and(who, new Requirement.HeaderFilled(header)),
                    shares,
                    Optional.of(source),
                    false));
        case StickySource.Cookie(String cookie) ->
            rules.add(
                new Rule(
                    suffix + "|cookie/" + cookie,
                    and(who, new Requirement.CookieFilled(cookie)),
                    shares,
                    Optional.of(source),
                    false));
        // Every request has a source address: nobody is left for later sources.
        case StickySource.SourceIp() -> {
          return rules.add(new Rule(suffix, who, shares, Optional.of(source), false)).build();
        }
      }
    }
    return rules.add(new Rule(suffix, who, shares, Optional.empty(), false)).build();
  }

  /**
   * Both versions are always listed, the canary first, and the total never changes: with any other
   * order or total a growing weight would move users back and forth.
   */
  private ImmutableList<Share> shares(Arms arms, int ppm) {
    return ImmutableList.of(canary(arms, ppm), stable(arms, Ppm.ALL - ppm, restingStable(0)));
  }

  /**
   * Variants stand last, so that a growing weight takes from stable alone; the control group stands
   * before them, so that it grows into stable from the other side.
   */
  private ImmutableList<Share> splitShares() {
    int control = split.baseline().isPresent() ? plan().baselinePpm().orElse(0) : 0;
    ImmutableList.Builder<Share> shares =
        ImmutableList.<Share>builder()
            .add(canary(split.arms(), plan().weightPpm()))
            .add(
                stable(
                    split.arms(),
                    plan().stablePpm() - control,
                    restingStable(plan().terms().variants().totalPpm())));
    split
        .baseline()
        .ifPresent(part ->
            shares.add(stable(new Arms(split.arms().canary(), part.cluster()), control, 0)));
    plan()
        .terms()
        .variants()
        .ppm()
        .forEach((version, ppm) -> {
          String cluster = Objects.requireNonNull(split.variants().get(version), version);
          shares.add(new Share(Optional.of(version), cluster, cluster, ppm, ppm, false));
        });
    return shares.build();
  }

  private Share canary(Arms arms, int ppm) {
    return new Share(
        Optional.of(plan().canary()),
        split.canaryOf(arms),
        split.arms().canary(),
        ppm,
        Ppm.ALL - restingStable(0),
        true);
  }

  private Share stable(Arms arms, int ppm, int resting) {
    return new Share(
        Optional.of(plan().stable()), arms.stable(), split.arms().stable(), ppm, resting, false);
  }

  /**
   * What a proxy that lost its runtime layer divides by: nobody to the canary, until everybody is
   * to go there. From then on stable may be gone, and the layer forgets the rollout before or after
   * the route table does.
   *
   * @param others what goes to further versions whatever happens
   */
  private int restingStable(int others) {
    return plan().weightPpm() == Ppm.ALL ? 0 : Ppm.ALL - others;
  }

  /** The divisions that the steps of the rollout change, those of the cohorts first. */
  static ImmutableList<ImmutableList<Share>> divisions(Split split) {
    // Who is in a cohort is not asked, so it does not matter what a proxy can tell apart.
    SplitRules rules =
        new SplitRules(split, new Capabilities(false, Capabilities.Cookies.NONE, ""));
    return Stream.concat(
            rules.cohortsByShare().stream()
                .map(cohort ->
                    rules.shares(
                        Objects.requireNonNull(split.cohortArms().get(cohort.name())),
                        split.plan().effectivePpm(cohort.name()))),
            Stream.of(rules.splitShares()))
        .collect(toImmutableList());
  }

  private long count() {
    long alternatives = 1;
    for (Cohort cohort : cohortsByShare()) {
      alternatives += ways.count(cohort.name());
    }
    long excluded = 0;
    for (String cohort : plan().terms().excluded()) {
      excluded += ways.count(cohort);
    }
    int copied = plan().terms().treatment().mirror().isPresent() ? 2 : 1;
    return copied * (excluded + alternatives * (plan().sticky().size() + 1L));
  }

  private static ImmutableList<Requirement> and(List<Requirement> all, Requirement one) {
    return ImmutableList.<Requirement>builder().addAll(all).add(one).build();
  }

  private TrafficPlan plan() {
    return split.plan();
  }
}

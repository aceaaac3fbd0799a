package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.TextMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Cohorts of every kind, by seed. */
record RandomCohorts(RandomRecords draw, Random random) {

  ImmutableSortedMap<String, Cohort> cohorts() {
    ImmutableSortedMap.Builder<String, Cohort> cohorts = ImmutableSortedMap.naturalOrder();
    List<String> earlier = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      String name = (random.nextInt(6) == 0 ? "off" : draw.word()) + "-" + i;
      ImmutableList<Cohort.Condition> conditions =
          IntStream.rangeClosed(0, random.nextInt(3))
              .mapToObj(j -> condition(earlier))
              .collect(ImmutableList.toImmutableList());
      cohorts.put(name, new Cohort(name, draw.pick(Cohort.Combine.values()), conditions));
      earlier.add(name);
    }
    return cohorts.buildOrThrow();
  }

  private Cohort.Condition condition(List<String> earlier) {
    return switch (random.nextInt(earlier.isEmpty() ? 11 : 12)) {
      case 0 -> new Cohort.Condition.Header("x-" + draw.word(), headerMatch());
      case 1 ->
          new Cohort.Condition.Cookie(draw.word(), negated(folded(match(RandomRecords.COOKIE))));
      case 2 ->
          new Cohort.Condition.Query(
              draw.text(RandomRecords.TEXT),
              random.nextInt(5) == 0
                  ? new TextMatch.Not(new TextMatch.Present(), false)
                  : folded(match(RandomRecords.TEXT)));
      case 3 -> new Cohort.Condition.Path(folded(pathMatch()));
      case 4 -> new Cohort.Condition.Method(ImmutableSortedSet.of("GET", "POST"));
      case 5 ->
          new Cohort.Condition.Claim(
              random.nextBoolean() ? "jwt_payload" : draw.text(RandomRecords.TEXT),
              ImmutableList.of(draw.text(RandomRecords.TEXT), draw.word()),
              random.nextBoolean(),
              headerMatch());
      case 6 -> new Cohort.Condition.Source(ImmutableList.of("10.0.0.0/8", "fd00::/16"));
      case 7 -> new Cohort.Condition.UserAgent(draw.pick(Cohort.Agent.values()));
      case 8 -> new Cohort.Condition.Caller(ImmutableList.of("spiffe://a/ns/b/sa/" + draw.word()));
      case 9 -> new Cohort.Condition.ProxyRegion(draw.text(RandomRecords.TEXT));
      case 10 -> new Cohort.Condition.MeshCluster(draw.text(RandomRecords.TEXT));
      default -> new Cohort.Condition.Named(earlier.get(random.nextInt(earlier.size())));
    };
  }

  private TextMatch headerMatch() {
    return negated(
        switch (random.nextInt(4)) {
          case 0 -> {
            long from = random.nextInt(1000) - 500L;
            yield new TextMatch.Range(from, from + 1L + random.nextInt(1000));
          }
          case 1 -> new TextMatch.Regex(draw.word() + "[0-9]+(-" + draw.word() + ")?");
          default -> folded(match(RandomRecords.TEXT));
        });
  }

  private TextMatch folded(TextMatch match) {
    return match instanceof TextMatch.Present || random.nextInt(4) > 0
        ? match
        : new TextMatch.IgnoreCase(match);
  }

  private TextMatch negated(TextMatch match) {
    return random.nextInt(3) > 0
        ? match
        : new TextMatch.Not(match, !(match instanceof TextMatch.Present) && random.nextBoolean());
  }

  private TextMatch pathMatch() {
    return switch (random.nextInt(5)) {
      case 0 -> new TextMatch.Exact("/" + draw.word());
      case 1 -> new TextMatch.Prefix("/" + draw.word());
      case 2 -> new TextMatch.Suffix(draw.word());
      case 3 -> new TextMatch.Contains(draw.word());
      default -> new TextMatch.In(ImmutableList.of("/" + draw.word(), "/"));
    };
  }

  private TextMatch match(String alphabet) {
    return switch (random.nextInt(6)) {
      case 0 -> new TextMatch.Exact(draw.text(alphabet));
      case 1 -> new TextMatch.Prefix(draw.text(alphabet));
      case 2 -> new TextMatch.Suffix(draw.text(alphabet));
      case 3 -> new TextMatch.Contains(draw.text(alphabet));
      case 4 -> new TextMatch.In(ImmutableList.of(draw.text(alphabet), draw.text(alphabet)));
      default -> new TextMatch.Present();
    };
  }
}

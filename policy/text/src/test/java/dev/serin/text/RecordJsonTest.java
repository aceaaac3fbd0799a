package dev.serin.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.primitives.ImmutableIntArray;
import dev.serin.judge.Control;
import dev.serin.judge.Verdict;
import dev.serin.judge.Window;
import dev.serin.plan.Terms;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Conduct;
import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;
import java.time.Instant;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RecordJsonTest {

  sealed interface Entry {
    record Started(Instant at, ResourceName rollout) implements Entry {}

    record Counted(
        ImmutableSortedMap<ResourceName, Integer> byRollout,
        ImmutableMap<Verdict.State, Long> byState,
        ImmutableSortedSet<String> names,
        ImmutableIntArray edges,
        OptionalLong last,
        @Nullable String note)
        implements Entry {}
  }

  record Small(int a, double b) {}

  private static void returns(Object record, long seed) {
    String json = RecordJson.write(record);
    assertThat(RecordJson.read(json, record.getClass()))
        .as("seed %d: %s", seed, json)
        .isEqualTo(record);
  }

  @Test
  void recordsOfPoliciesPlansAndJudgeComeBackEqual() {
    for (long seed = 0; seed < 500; seed++) {
      RandomRecords random = new RandomRecords(seed);
      returns(random.policy(), seed);
      returns(random.service(), seed);
      returns(random.rollout(), seed);
      returns(random.plan(), seed);
      returns(random.window(), seed);
      returns(random.verdict(), seed);
    }
  }

  @Test
  void sealedChoiceBeginsWithItsType() {
    Entry started = new Entry.Started(Instant.parse("2026-11-22T10:00:00.5Z"), name("r"));
    String json = RecordJson.write(started, Entry.class);
    assertThat(json)
        .isEqualTo(
            "{\"type\":\"Started\",\"at\":\"2026-11-22T10:00:00.500Z\",\"rollout\":\"t/r\"}");
    assertThat(RecordJson.read(json, Entry.class)).isEqualTo(started);
  }

  @Test
  void mapsWithNamesAndEnumsForKeysComeBackEqual() {
    Entry counted =
        new Entry.Counted(
            ImmutableSortedMap.of(name("b"), 2, name("a"), 1),
            ImmutableMap.of(Verdict.State.UNHEALTHY, 1L, Verdict.State.HEALTHY, Long.MAX_VALUE),
            ImmutableSortedSet.of("z", "a"),
            ImmutableIntArray.of(3, 1, 2),
            OptionalLong.empty(),
            null);
    String json = RecordJson.write(counted, Entry.class);
    assertThat(json).contains("\"byRollout\":{\"t/a\":1,\"t/b\":2}", "\"note\":null");
    assertThat(RecordJson.read(json, Entry.class)).isEqualTo(counted);
  }

  @Test
  void doublesComeBackBitByBit() {
    for (double number : new double[] {-0.0, Double.MIN_VALUE, Math.nextUp(0.1), 1e308, 1e-320}) {
      Small back = RecordJson.read(RecordJson.write(new Small(1, number)), Small.class);
      assertThat(Double.doubleToRawLongBits(back.b()))
          .isEqualTo(Double.doubleToRawLongBits(number));
    }
    assertThat(RecordJson.write(new Small(1, Double.NEGATIVE_INFINITY))).contains("\"-Infinity\"");
  }

  @Test
  void whatDoesNotFitIsRefused() {
    refused("{\"a\":1,\"b\":2,\"c\":3}", "[a, b]");
    refused("{\"a\":1}", "Small.b");
    refused("{\"a\":1,\"a\":1,\"b\":2}", "not JSON");
    refused("{\"a\":\"1\",\"b\":2}", "Small.a");
    refused("{\"a\":1.5,\"b\":2}", "Small.a");
    refused("{\"a\":3000000000,\"b\":2}", "Small.a");
    refused("{\"a\":null,\"b\":2}", "Small.a");
    refused("{\"a\":1,\"b\":\"nan\"}", "Small.b");
    refused("{\"a\":1,\"b\":2} x", "not JSON");
    refused("[]", "an object");
    refused("", "Small");
    assertThatThrownBy(() -> RecordJson.read("{\"type\":\"Stopped\"}", Entry.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[Counted, Started]");
  }

  @Test
  void recordsWrittenBeforePoliciesSaidMoreAreReadAsSayingNoMore() {
    for (long seed = 0; seed < 100; seed++) {
      TrafficPlan plan = new RandomRecords(seed).plan();
      TrafficPlan plain =
          plan.withShares(
              plan.weightPpm(), ImmutableSortedMap.copyOf(plan.cohortPpm()), Terms.NONE);
      String json =
          RecordJson.write(plain)
              .replaceAll(",\"terms\":.*$", "}"); // terms and conduct are the last two
      TrafficPlan read = RecordJson.read(json, TrafficPlan.class);
      assertThat(read.terms()).as("seed %d", seed).isEqualTo(Terms.NONE);
      assertThat(read.conduct()).as("seed %d", seed).isEqualTo(Conduct.NONE);
      assertThat(read.cohortPpm()).isEqualTo(plain.cohortPpm());
    }
    String policy =
        RecordJson.write(CanaryPolicy.defaults(name("p")))
            .replaceAll(",\"treatment\":\\{[^}]*}", "")
            .replaceAll(",\"conduct\":.*$", "}");
    assertThat(policy).doesNotContain("treatment", "conduct");
    assertThat(RecordJson.read(policy, CanaryPolicy.class))
        .isEqualTo(CanaryPolicy.defaults(name("p")));
  }

  @Test
  void windowsWrittenBeforeThereWereControlGroupsHaveAllOfStableForOne() {
    for (long seed = 0; seed < 100; seed++) {
      String json =
          RecordJson.write(new RandomRecords(seed).window())
              .replaceFirst("\"control\":\\{[^}]*},", "");
      assertThat(json).doesNotContain("control");
      assertThat(RecordJson.read(json, Window.class).control())
          .as("seed %d", seed)
          .isEqualTo(Control.REST);
    }
  }

  @Test
  void recordThatRefusesItsValuesIsRefused() {
    String json = RecordJson.write(new MeshService.Endpoint("a", 80)).replace("80", "0");
    assertThatThrownBy(() -> RecordJson.read(json, MeshService.Endpoint.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1..65535");
  }

  @Test
  void builtInPolicyIsOneLine() {
    String json = RecordJson.write(CanaryPolicy.defaults(name("p")));
    assertThat(json).doesNotContain("\n").startsWith("{\"name\":\"t/p\"");
  }

  private static void refused(String json, String message) {
    assertThatThrownBy(() -> RecordJson.read(json, Small.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  private static ResourceName name(String name) {
    return new ResourceName("t", name);
  }
}

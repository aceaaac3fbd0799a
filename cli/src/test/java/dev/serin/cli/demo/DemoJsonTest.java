package dev.serin.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.v1.Decision;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoJsonTest {
  @TempDir Path folder;

  private static DemoReport.Release release(String version, DemoReport.Outcome outcome) {
    return new DemoReport.Release(
        version,
        outcome,
        OptionalDouble.of(3.25),
        92,
        91,
        "v3 does harm",
        ImmutableList.of(new DemoReport.Metric("errors", 6.5, 6.25)),
        ImmutableList.of(
            new DemoReport.Step(50_000, OptionalLong.of(36), 86),
            new DemoReport.Step(250_000, OptionalLong.empty(), 6)));
  }

  private static DemoReport report(DemoReport.Release... releases) {
    return new DemoReport(
        ImmutableList.copyOf(releases),
        ImmutableList.of(
            new DemoReport.Proxy(
                "berlin-1", "berlin", ImmutableSortedMap.of("v1", 0, "v2", 1_000_000))),
        OptionalDouble.of(3.1434));
  }

  @Test
  void theFileHasTheShapeThatProgramsReadFrom() throws Exception {
    Path file = folder.resolve("out.json");
    DemoJson.write(report(release("v3", DemoReport.Outcome.ROLLED_BACK)), file);
    JsonNode expected =
        new ObjectMapper()
            .readTree(
                """
                {"releases": [{"version": "v3", "outcome": "rolledBack", "secondsToDecision": 3.25,
                  "requests": 92, "spoiled": 91, "reason": "v3 does harm",
                  "metrics": [{"name": "errors", "evidence": 6.5, "bound": 6.25}],
                  "steps": [{"weightPpm": 50000, "convergedAfterMs": 36, "requests": 86},
                            {"weightPpm": 250000, "convergedAfterMs": null, "requests": 6}]}],
                 "proxies": [{"node": "berlin-1", "cluster": "berlin",
                   "ackedSplit": {"v1": 0, "v2": 1000000}}],
                 "firstBadToZeroSeconds": 3.143}
                """);
    assertThat(new ObjectMapper().readTree(file.toFile()).toPrettyString())
        .isEqualTo(expected.toPrettyString());
  }

  /**
   * The decision to promote used to be reported with the wait for a fleet that had long answered.
   */
  @Test
  void theReasonOfWhatIsOverSaysNothingOfWhatComesNext() {
    Optional<Decision> deciding =
        Optional.of(
            Decision.newBuilder()
                .setReason("step 4 of 4 (100%) passed: 3300 canary requests; no proxies run it.")
                .build());
    String latest = "held; it goes on when harm is ruled out.";
    assertThat(ReleaseRun.reason(DemoReport.Outcome.PROMOTED, deciding, latest))
        .isEqualTo("step 4 of 4 (100%) passed: 3300 canary requests.");
    assertThat(ReleaseRun.reason(DemoReport.Outcome.HELD, deciding, latest)).isEqualTo(latest);
  }

  @Test
  void onlyAGoodReleasePromotedAndABadOneRolledBackAreAsExpected() {
    var goodPromoted = release("v2", DemoReport.Outcome.PROMOTED);
    var badRolledBack = release("v3", DemoReport.Outcome.ROLLED_BACK);
    assertThat(report(goodPromoted, badRolledBack).asExpected()).isTrue();
    assertThat(report(goodPromoted).asExpected()).isTrue();
    assertThat(report(release("v2", DemoReport.Outcome.ROLLED_BACK)).asExpected()).isFalse();
    assertThat(report(release("v2", DemoReport.Outcome.HELD), badRolledBack).asExpected())
        .isFalse();
    assertThat(report(goodPromoted, release("v3", DemoReport.Outcome.PROMOTED)).asExpected())
        .isFalse();
    assertThat(report().asExpected()).isFalse();
  }
}

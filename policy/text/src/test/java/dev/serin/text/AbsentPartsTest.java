package dev.serin.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.serin.policy.Analysis;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.text.Problem.Code;
import dev.serin.v1.CanaryPolicySpec;
import dev.serin.v1.Metadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said by saying nothing. */
final class AbsentPartsTest {

  private static final CanaryPolicy BUILT_IN =
      CanaryPolicy.defaults(new ResourceName("default", "a"));

  private static String document(String kind, String rest) {
    return "apiVersion: serin.dev/v1\nkind: " + kind + "\nmetadata: {name: a}\n" + rest + "\n";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "spec:",
        "spec: {}",
        "spec: {analysis: {}}",
        "spec: {analysis:, convergence: {}, capacity:, onFailure: {}, rollback: {}, deadline: {}}",
        "spec: {sticky: none, cohorts: {}, waves: [], exclude: [], hooks: [], notify: []}"
      })
  void policyThatSaysNothingIsTheBuiltInOne(String spec) {
    Reading reading = ResourceReader.read("p.yaml", document("CanaryPolicy", spec));
    assertThat(reading.problems()).extracting(Problem::code).containsExactly(Code.NOT_STICKY);
    assertThat(reading.resources())
        .map(p -> ((Parsed.Policy) p).policy())
        .containsExactly(BUILT_IN);
  }

  @Test
  void messageWithoutASpecOrWithEmptyListsIsTheBuiltInPolicy() {
    dev.serin.v1.CanaryPolicy.Builder message =
        dev.serin.v1.CanaryPolicy.newBuilder().setMetadata(Metadata.newBuilder().setName("a"));
    assertThat(ProtoCodec.check(message.build()).value()).contains(BUILT_IN);
    // Protobuf has no way to say that a list is there and empty.
    message.setSpec(CanaryPolicySpec.newBuilder().setAnalysis(dev.serin.v1.Analysis.newBuilder()));
    assertThat(ProtoCodec.check(message.build()).value()).contains(BUILT_IN);
  }

  @Test
  void rolloutWithoutAPolicyFollowsTheBuiltInOne() {
    Reading reading =
        ResourceReader.read("r.yaml", document("Rollout", "spec: {service: cart, to: v2}"));
    assertThat(reading.problems()).isEmpty();
    assertThat(reading.resources())
        .map(p -> ((Parsed.Rollout) p).rollout())
        .extracting(RolloutSpec::policy, RolloutSpec::draft)
        .containsExactly(tuple("default", false));
    dev.serin.v1.Rollout.Builder message =
        dev.serin.v1.Rollout.newBuilder().setName("tenants/shop/rollouts/r");
    message.getSpecBuilder().setService("cart").setTo("v2");
    assertThat(ProtoCodec.check(message.build()).value())
        .map(RolloutSpec::policy)
        .contains("default");
  }

  @Test
  void rolloutAndServiceOfMetadataAloneLackWhatHasNoDefault() {
    assertThat(ResourceReader.read("r.yaml", document("Rollout", "")).problems())
        .extracting(Problem::path, Problem::code)
        .containsExactly(tuple("spec.service", Code.MISSING), tuple("spec.to", Code.MISSING));
    assertThat(ResourceReader.read("s.yaml", document("MeshService", "")).problems())
        .extracting(Problem::path, Problem::code)
        .contains(tuple("spec.versions", Code.MISSING))
        .allMatch(t -> t.toList().getLast() == Code.MISSING);
  }

  @Test
  void analysisThatIsOffLeavesNothingToSayAboutItsVerdict() {
    Reading off = ResourceReader.read("p.yaml", document("CanaryPolicy", "spec: {analysis: off}"));
    assertThat(off.resources())
        .map(p -> ((Parsed.Policy) p).policy())
        .extracting(
            CanaryPolicy::analysis, CanaryPolicy::onInconclusive, CanaryPolicy::onMetricsLost)
        .containsExactly(
            tuple(
                Analysis.OFF,
                CanaryPolicy.OnInconclusive.DEFAULT,
                CanaryPolicy.OnMetricsLost.DEFAULT));
    Reading beside =
        ResourceReader.read(
            "p.yaml",
            document("CanaryPolicy", "spec: {analysis: {off: true, onMetricsLost: {after: 9s}}}"));
    assertThat(beside.problems())
        .filteredOn(Problem::isError)
        .extracting(Problem::path, Problem::code)
        .containsExactly(tuple("spec.analysis", Code.CONFLICT));
  }

  @Test
  void keyOneLevelTooHighIsToldWhereItGoes() {
    Reading reading =
        ResourceReader.read(
            "p.yaml", document("CanaryPolicy", "spec: {onInconclusive: {after: 9m}}\nsteps: [1%]"));
    assertThat(reading.problems())
        .filteredOn(Problem::isError)
        .extracting(Problem::path, Problem::line, Problem::code, Problem::hint)
        .containsExactly(
            tuple("spec.onInconclusive", 4, Code.UNKNOWN_KEY, "write it under analysis"),
            tuple("steps", 5, Code.UNKNOWN_KEY, "write it under spec"));
  }
}

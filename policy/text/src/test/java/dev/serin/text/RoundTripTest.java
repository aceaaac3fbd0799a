package dev.serin.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.FreezeWindow;
import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RoundTripTest {

  private static final int RECORDS = 500;

  @Test
  void builtInPolicyPrintedAndReadAgainIsTheBuiltInPolicy() {
    CanaryPolicy policy = CanaryPolicy.defaults(new ResourceName("default", "default"));
    Reading reading = ResourceReader.read("default.yaml", PolicyText.print(policy));
    assertThat(reading.problems()).noneMatch(Problem::isError);
    assertThat(reading.resources()).map(p -> ((Parsed.Policy) p).policy()).containsExactly(policy);
  }

  /** What a policy may say, the printed one says: no default is left to be guessed. */
  @Test
  void builtInPolicyIsPrintedWithEveryKey() {
    String text = PolicyText.print(CanaryPolicy.defaults(new ResourceName("default", "default")));
    List<String> keys =
        dev.serin.v1.CanaryPolicySpec.getDescriptor().getFields().stream()
            .map(f -> f.getJsonName().replaceAll("Ppm$", ""))
            // Where a request is tried again is the base's business until a policy says otherwise.
            .filter(key -> !key.equals("retry"))
            .toList();
    assertThat(keys).isNotEmpty().allSatisfy(key -> assertThat(text).contains("\n  " + key + ":"));
  }

  @Test
  void emptySpecIsTheBuiltInPolicy() {
    Reading reading =
        ResourceReader.read(
            "p.yaml",
            "{apiVersion: serin.dev/v1, kind: CanaryPolicy, metadata: {name: a}, spec: {}}");
    assertThat(reading.resources())
        .map(p -> ((Parsed.Policy) p).policy())
        .containsExactly(CanaryPolicy.defaults(new ResourceName("default", "a")));
  }

  @Test
  void printedPoliciesReadBackAsEqualRecords() {
    for (long seed = 0; seed < RECORDS; seed++) {
      CanaryPolicy policy = new RandomRecords(seed).policy();
      String text = PolicyText.print(policy);
      Reading reading = ResourceReader.read("seed-" + seed, text);
      assertThat(reading.problems()).as(text).noneMatch(Problem::isError);
      assertThat(reading.resources())
          .as("seed %d\n%s", seed, text)
          .map(p -> ((Parsed.Policy) p).policy())
          .containsExactly(policy);
    }
  }

  @Test
  void messagesOfRecordsReadBackAsEqualRecords() {
    for (long seed = 0; seed < RECORDS; seed++) {
      RandomRecords random = new RandomRecords(seed);
      CanaryPolicy policy = random.policy();
      MeshService service = random.service();
      RolloutSpec rollout = random.rollout();
      Checked<CanaryPolicy> readPolicy = ProtoCodec.check(ProtoCodec.toProto(policy));
      Checked<MeshService> readService = ProtoCodec.check(ProtoCodec.toProto(service));
      Checked<RolloutSpec> readRollout = ProtoCodec.check(ProtoCodec.toProto(rollout));
      assertThat(readPolicy.value())
          .as("seed %d: %s", seed, readPolicy.problems())
          .contains(policy);
      assertThat(readService.value())
          .as("seed %d: %s", seed, readService.problems())
          .contains(service);
      assertThat(readRollout.value())
          .as("seed %d: %s", seed, readRollout.problems())
          .contains(rollout);
    }
  }

  @Test
  void canonicalYamlReadsBackAsAnEqualRecord() {
    for (long seed = 0; seed < 100; seed++) {
      CanaryPolicy policy = new RandomRecords(seed).policy();
      String text = ResourceText.yaml(ProtoCodec.toProto(policy));
      Reading reading = ResourceReader.read("seed-" + seed, text);
      assertThat(reading.resources())
          .as("seed %d: %s%n%s", seed, reading.problems(), text)
          .map(p -> ((Parsed.Policy) p).policy())
          .containsExactly(policy);
    }
  }

  @Test
  void freezesAreReadBackFromMessagesTextAndTheStoreAsEqualRecords() {
    for (long seed = 0; seed < RECORDS; seed++) {
      FreezeWindow freeze = new RandomRecords(seed).freeze();
      dev.serin.v1.FreezeWindow message = ProtoCodec.toProto(freeze);
      Checked<FreezeWindow> checked = ProtoCodec.check(message);
      assertThat(checked.value()).as("seed %d: %s", seed, checked.problems()).contains(freeze);
      Reading reading = ResourceReader.read("seed-" + seed, ResourceText.yaml(message));
      assertThat(reading.resources())
          .as("seed %d: %s", seed, reading.problems())
          .map(p -> ((Parsed.Freeze) p).freeze())
          .containsExactly(freeze);
      assertThat(RecordJson.read(RecordJson.write(freeze), FreezeWindow.class))
          .as("seed %d", seed)
          .isEqualTo(freeze);
    }
  }

  /** A journal of an earlier version goes on being read. */
  @Test
  void aStoredPolicyWithoutAScheduleIsAlwaysOpen() {
    CanaryPolicy policy = CanaryPolicy.defaults(new ResourceName("a", "b"));
    String stored = RecordJson.write(policy);
    String earlier = stored.replaceFirst(",\"schedule\":\\{[^}]*}", "");
    assertThat(earlier).isNotEqualTo(stored).doesNotContain("schedule");
    assertThat(RecordJson.read(earlier, CanaryPolicy.class)).isEqualTo(policy);
  }

  @Test
  void problemsOfMessagesHaveAPathAndNoLine() {
    dev.serin.v1.CanaryPolicy.Builder message =
        ProtoCodec.toProto(CanaryPolicy.defaults(new ResourceName("a", "b"))).toBuilder();
    message.getSpecBuilder().getStepsBuilder(2).setWeightPpm(1_000_001);
    message.getSpecBuilder().addWavesBuilder().addClusters("oslo");
    Checked<CanaryPolicy> checked = ProtoCodec.check(message.build());
    assertThat(checked.value()).isEmpty();
    assertThat(checked.problems())
        .filteredOn(Problem::isError)
        .extracting(Problem::path)
        .containsExactlyInAnyOrder("spec.steps[2].weightPpm", "spec.waves");
    assertThat(checked.problems()).allMatch(p -> p.line() == 0 && p.file().isEmpty());
  }

  @Test
  void stepKeepsNoNameOfAShareThatWasEdited() {
    dev.serin.v1.CanaryPolicy.Builder message =
        ProtoCodec.toProto(CanaryPolicy.defaults(new ResourceName("a", "b"))).toBuilder();
    message.getSpecBuilder().getStepsBuilder(0).setWeightPpm(20_000);
    assertThat(ProtoCodec.check(message.build()).value())
        .map(policy -> policy.steps().getFirst().name())
        .contains("2%");
  }

  @Test
  void fullNameAndMetadataMustAgree() {
    dev.serin.v1.Rollout.Builder message =
        dev.serin.v1.Rollout.newBuilder().setName("tenants/shop/rollouts/r");
    message.getSpecBuilder().setService("s").setTo("v2");
    assertThat(ProtoCodec.check(message.build()).value())
        .map(RolloutSpec::name)
        .contains(new ResourceName("shop", "r"));
    message.getMetadataBuilder().setName("other");
    assertThat(ProtoCodec.check(message.build()).problems())
        .extracting(Problem::code)
        .containsExactly(Problem.Code.CONFLICT);
  }
}

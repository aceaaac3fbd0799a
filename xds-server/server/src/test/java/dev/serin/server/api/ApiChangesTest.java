package dev.serin.server.api;

import static dev.serin.server.api.ApiBench.V2;
import static dev.serin.server.api.ApiBench.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.Any;
import com.google.protobuf.FieldMask;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import dev.serin.v1.AnyResource;
import dev.serin.v1.ApplyRequest;
import dev.serin.v1.ApplyResponse;
import dev.serin.v1.ApplyResult;
import dev.serin.v1.CanaryPolicy;
import dev.serin.v1.CanaryPolicySpec;
import dev.serin.v1.CreateCanaryPolicyRequest;
import dev.serin.v1.CreateRolloutRequest;
import dev.serin.v1.DeleteCanaryPolicyRequest;
import dev.serin.v1.DeleteRolloutRequest;
import dev.serin.v1.MeshService;
import dev.serin.v1.Metadata;
import dev.serin.v1.PauseRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutSpec;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.SetWeightRequest;
import dev.serin.v1.UpdateCanaryPolicyRequest;
import dev.serin.v1.UpdateRolloutRequest;
import dev.serin.v1.WatchRolloutsResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes by the conventions that clients are written for: masks, etags, ids of requests. */
class ApiChangesTest {
  private static final String SLOW = "tenants/shop/policies/slow";

  private ApiBench api;

  @BeforeEach
  void open() throws IOException {
    api = new ApiBench();
  }

  @AfterEach
  void end() {
    api.close();
  }

  private static CreateCanaryPolicyRequest create(String requestId, int holdBackPpm) {
    return CreateCanaryPolicyRequest.newBuilder()
        .setParent("tenants/shop")
        .setCanaryPolicyId("slow")
        .setRequestId(requestId)
        .setCanaryPolicy(
            CanaryPolicy.newBuilder()
                .setMetadata(Metadata.newBuilder().putLabels("team", "pay"))
                .setSpec(CanaryPolicySpec.newBuilder().setHoldBackPpm(holdBackPpm)))
        .build();
  }

  private CanaryPolicy update(CanaryPolicy.Builder asked, String... mask) {
    return api.policies.updateCanaryPolicy(
        UpdateCanaryPolicyRequest.newBuilder()
            .setCanaryPolicy(asked.setName(SLOW))
            .setUpdateMask(FieldMask.newBuilder().addAllPaths(List.of(mask)))
            .build());
  }

  /** The mask was not looked at: what it did not name was replaced by defaults, labels included. */
  @Test
  void aMaskChangesWhatItNamesAndNothingElse() {
    CanaryPolicy before = api.policies.createCanaryPolicy(create("", 20_000));
    CanaryPolicy.Builder asked = CanaryPolicy.newBuilder();
    asked.getSpecBuilder().getAnalysisBuilder().setWarmUp(Durations.fromSeconds(7));
    asked.getSpecBuilder().setHoldBackPpm(99);
    CanaryPolicy after = update(asked, "spec.analysis.warm_up");
    CanaryPolicy.Builder expected = before.toBuilder().setEtag(after.getEtag());
    expected.getSpecBuilder().getAnalysisBuilder().setWarmUp(Durations.fromSeconds(7));
    assertThat(after).isEqualTo(expected.build());

    CanaryPolicy.Builder labels = CanaryPolicy.newBuilder();
    labels.getMetadataBuilder().putLabels("tier", "1");
    assertThat(update(labels, "metadata.labels").getMetadata().getLabelsMap())
        .containsOnlyKeys("tier");
    // No mask and a star replace all of it.
    assertThat(update(CanaryPolicy.newBuilder(), "*").getSpec().hasHoldBackPpm()).isFalse();
  }

  @Test
  void aMaskThatNamesNothingOfTheResourceIsRefused() {
    api.policies.createCanaryPolicy(create("", 20_000));
    for (String path : List.of("spec.warm_up", "metadata.name", "status", "etag", "")) {
      StatusRuntimeException refused = failure(() -> update(CanaryPolicy.newBuilder(), path));
      assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(violations(refused)).containsExactly("update_mask");
    }
  }

  private static List<String> violations(StatusRuntimeException refused) {
    var status = StatusProto.fromThrowable(refused);
    List<String> fields = new ArrayList<>();
    for (Any detail : status == null ? List.<Any>of() : status.getDetailsList()) {
      try {
        detail
            .unpack(BadRequest.class)
            .getFieldViolationsList()
            .forEach(violation -> fields.add(violation.getField()));
      } catch (IOException other) {
        throw new AssertionError(other);
      }
    }
    return fields;
  }

  @Test
  void aCreationThatIsRepeatedUnderItsIdIsAnsweredAlike() {
    CanaryPolicy first = api.policies.createCanaryPolicy(create("r1", 20_000));
    assertThat(api.policies.createCanaryPolicy(create("r1", 20_000))).isEqualTo(first);
    assertThat(failure(() -> api.policies.createCanaryPolicy(create("r1", 30_000))).getStatus())
        .satisfies(status -> {
          assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
          assertThat(status.getDescription()).contains("r1 was used for another request");
        });
    assertThat(
            failure(() -> api.policies.createCanaryPolicy(create("r2", 20_000)))
                .getStatus()
                .getCode())
        .isEqualTo(Status.Code.ALREADY_EXISTS);
  }

  /** The etag is that of before the first try; the repeat was refused for it. */
  @Test
  void aChangeWithAnEtagMayBeRepeatedUnderItsId() {
    CanaryPolicy created = api.policies.createCanaryPolicy(create("", 20_000));
    DeleteCanaryPolicyRequest delete =
        DeleteCanaryPolicyRequest.newBuilder()
            .setName(SLOW)
            .setEtag(created.getEtag())
            .setRequestId("d")
            .build();
    assertThat(api.policies.deleteCanaryPolicy(delete))
        .isEqualTo(api.policies.deleteCanaryPolicy(delete));

    PauseRolloutRequest pause =
        PauseRolloutRequest.newBuilder()
            .setName(V2)
            .setEtag(api.get().getEtag())
            .setRequestId("p")
            .build();
    assertThat(api.rollouts.pauseRollout(pause).getStatus().getPhase())
        .isEqualTo(RolloutStatus.Phase.PAUSED);
    assertThat(api.rollouts.pauseRollout(pause).getStatus().getPhase())
        .isEqualTo(RolloutStatus.Phase.PAUSED);
  }

  @Test
  void anUpdateOfARolloutIsHeldToItsEtag() {
    StatusRuntimeException refused =
        failure(() ->
            api.rollouts.updateRollout(
                UpdateRolloutRequest.newBuilder()
                    .setRollout(api.get().toBuilder().setEtag("old"))
                    .build()));
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.ABORTED);
  }

  /** Zero takes all traffic away: it is not what a forgotten field means. */
  @Test
  void aWeightHasToBeSaid() {
    StatusRuntimeException refused =
        failure(() -> api.rollouts.setWeight(SetWeightRequest.newBuilder().setName(V2).build()));
    assertThat(violations(refused)).containsExactly("weight_ppm");
    assertThat(
            api.rollouts
                .setWeight(SetWeightRequest.newBuilder().setName(V2).setWeightPpm(0).build())
                .getStatus()
                .getWeightPpm())
        .isZero();
  }

  @Test
  void theWildcardIsNoTenant() {
    StatusRuntimeException refused =
        failure(() ->
            api.policies.createCanaryPolicy(
                create("", 1).toBuilder().setParent("tenants/-").build()));
    assertThat(violations(refused)).containsExactly("metadata.tenant");
  }

  private static AnyResource rollout(String name, String service, String to) {
    return AnyResource.newBuilder()
        .setRollout(
            Rollout.newBuilder()
                .setMetadata(Metadata.newBuilder().setTenant("shop").setName(name))
                .setSpec(RolloutSpec.newBuilder().setService(service).setTo(to).setPolicy("quick")))
        .build();
  }

  @Test
  void anApplyTellsOfEachResourceWhatIsInItsWay() {
    ApplyResponse response =
        api.resources.apply(
            ApplyRequest.newBuilder()
                .addResources(rollout("a", "nosuch", "v2"))
                .addResources(
                    AnyResource.newBuilder()
                        .setCanaryPolicy(
                            CanaryPolicy.newBuilder()
                                .setMetadata(
                                    Metadata.newBuilder().setTenant("shop").setName("slow"))
                                .setSpec(CanaryPolicySpec.getDefaultInstance())))
                .addResources(rollout("b", "checkout", "v9"))
                .build());
    assertThat(response.getResultsList()).isEmpty();
    assertThat(response.getProblemsList())
        .filteredOn(p -> p.getProblem().getSeverity() == dev.serin.v1.Problem.Severity.ERROR)
        .extracting(p -> p.getIndex(), p -> p.getName(), p -> p.getProblem().getPath())
        .containsExactly(
            tuple(0, "tenants/shop/rollouts/a", "spec.service"),
            tuple(2, "tenants/shop/rollouts/b", "spec.to"));
    assertThat(api.bench.loop.catalog().policies().keySet())
        .extracting(name -> name.name())
        .doesNotContain("slow");
  }

  /** Content was told first, and what the resources name only when that was mended. */
  @Test
  void anApplyTellsWhatTheOthersMissBesideWhatIsWrongInOne() {
    MeshService unsound =
        MeshService.newBuilder()
            .setMetadata(Metadata.newBuilder().setTenant("shop").setName("cart"))
            .build();
    ApplyResponse response =
        api.resources.apply(
            ApplyRequest.newBuilder()
                .addResources(rollout("a", "nosuch", "v2"))
                .addResources(AnyResource.newBuilder().setMeshService(unsound))
                .addResources(rollout("b", "cart", "v2"))
                .addResources(rollout("c", "checkout", "v9"))
                .build());
    assertThat(response.getResultsList()).isEmpty();
    assertThat(response.getProblemsList())
        .extracting(p -> p.getName() + " " + p.getProblem().getPath())
        .startsWith("tenants/shop/rollouts/a spec.service")
        .endsWith("tenants/shop/rollouts/c spec.to")
        .anyMatch(line -> line.startsWith("tenants/shop/services/cart spec"))
        .noneMatch(line -> line.startsWith("tenants/shop/rollouts/b"));
    assertThat(api.bench.loop.catalog().rollouts().keySet())
        .extracting(name -> name.name())
        .doesNotContain("a", "b", "c");
  }

  @Test
  void anApplyThatIsRepeatedUnderItsIdSaysCreatedAgain() {
    ApplyRequest request =
        ApplyRequest.newBuilder()
            .setRequestId("apply")
            .addResources(
                AnyResource.newBuilder()
                    .setCanaryPolicy(
                        CanaryPolicy.newBuilder()
                            .setMetadata(Metadata.newBuilder().setTenant("shop").setName("slow"))
                            .setSpec(CanaryPolicySpec.getDefaultInstance())))
            .build();
    for (int i = 0; i < 2; i++) {
      assertThat(api.resources.apply(request).getResultsList())
          .extracting(ApplyResult::getOutcome)
          .containsExactly(ApplyResult.Outcome.CREATED);
    }
  }

  private void draft(String name) {
    Rollout draft =
        Rollout.newBuilder()
            .setSpec(
                RolloutSpec.newBuilder()
                    .setService("checkout")
                    .setTo("v3")
                    .setPolicy("quick")
                    .setDraft(true))
            .build();
    Rollout created =
        api.rollouts.createRollout(
            CreateRolloutRequest.newBuilder()
                .setParent("tenants/shop")
                .setRolloutId(name)
                .setRollout(draft)
                .build());
    assertThat(created.getStatus().getPhase()).isEqualTo(RolloutStatus.Phase.PENDING);
  }

  /** Every event bore the newest revision: whoever broke off after the first missed the rest. */
  @Test
  void aWatchThatBreaksOffAnywhereGoesOnWithoutAGap() throws Exception {
    api.rollouts.pauseRollout(PauseRolloutRequest.newBuilder().setName(V2).build());
    draft("a");
    draft("b");
    List<WatchRolloutsResponse> whole = upToSynced(api.watch(0));
    assertThat(whole).hasSize(4);
    for (int read = 1; read < whole.size(); read++) {
      Set<String> seen = new HashSet<>();
      whole.subList(0, read).forEach(event -> seen.add(event.getRollout().getName()));
      upToSynced(api.watch(whole.get(read - 1).getRevision()))
          .forEach(event -> seen.add(event.getRollout().getName()));
      assertThat(seen).contains(V2, "tenants/shop/rollouts/a", "tenants/shop/rollouts/b");
    }
  }

  @Test
  void aResumedWatchIsToldWhatWasDeletedMeanwhile() throws Exception {
    draft("a");
    List<WatchRolloutsResponse> before = upToSynced(api.watch(0));
    api.rollouts.deleteRollout(
        DeleteRolloutRequest.newBuilder().setName("tenants/shop/rollouts/a").build());
    assertThat(upToSynced(api.watch(before.getLast().getRevision())))
        .extracting(WatchRolloutsResponse::getDeleted)
        .contains("tenants/shop/rollouts/a");
    // Whoever begins has nothing to forget.
    assertThat(upToSynced(api.watch(0)))
        .extracting(WatchRolloutsResponse::getDeleted)
        .containsOnly("");
  }

  /** A revision of another life, or of another server, was waited for in silence. */
  @Test
  void aWatchFromARevisionThatIsNotKnownBeginsAnew() throws Exception {
    List<WatchRolloutsResponse> events = upToSynced(api.watch(1_000_000));
    assertThat(events.getFirst().getReset()).isTrue();
    assertThat(events).extracting(e -> e.getRollout().getName()).contains(V2);
  }

  private static List<WatchRolloutsResponse> upToSynced(ApiBench.Watch watch)
      throws InterruptedException {
    List<WatchRolloutsResponse> events = new ArrayList<>();
    do {
      events.add(watch.next());
    } while (!events.getLast().getSynced());
    return events;
  }
}

package dev.serin.server.api;

import static dev.serin.server.api.ApiBench.failure;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.BadRequest;
import dev.serin.v1.AbortRolloutRequest;
import dev.serin.v1.AuditServiceGrpc;
import dev.serin.v1.CreateMeshServiceRequest;
import dev.serin.v1.CreateRolloutRequest;
import dev.serin.v1.Decision;
import dev.serin.v1.DeleteRolloutRequest;
import dev.serin.v1.ExplainRolloutRequest;
import dev.serin.v1.GetMeshServiceRequest;
import dev.serin.v1.GetRolloutRequest;
import dev.serin.v1.ListAuditEntriesRequest;
import dev.serin.v1.ListMeshServicesRequest;
import dev.serin.v1.MeshCatalogGrpc;
import dev.serin.v1.MeshService;
import dev.serin.v1.MeshServiceSpec;
import dev.serin.v1.Metadata;
import dev.serin.v1.OpenRequests;
import dev.serin.v1.PauseRolloutRequest;
import dev.serin.v1.ResumeRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc;
import dev.serin.v1.RolloutSpec;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.WatchRolloutsResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The services as a client meets them, over a channel in this process. */
class ApiServicesTest {
  private static final String V2 = ApiBench.V2;

  private ApiBench api;
  private ManagedChannel channel;
  private RolloutServiceGrpc.RolloutServiceBlockingStub rollouts;
  private MeshCatalogGrpc.MeshCatalogBlockingStub catalog;

  @BeforeEach
  void open() throws IOException {
    api = new ApiBench();
    channel = api.channel;
    rollouts = api.rollouts;
    catalog = api.catalog;
  }

  @AfterEach
  void end() {
    api.close();
  }

  private Rollout get() {
    return api.get();
  }

  private Rollout pause(String etag, boolean validateOnly) {
    return rollouts.pauseRollout(
        PauseRolloutRequest.newBuilder()
            .setName(V2)
            .setEtag(etag)
            .setReason("lunch")
            .setValidateOnly(validateOnly)
            .build());
  }

  @Test
  void whatIsUnderWayAtTheCanaryIsToldOnceItGetsNothingNew() {
    assertThat(get().getStatus().getOpenList()).isEmpty();
    var unused =
        rollouts.abortRollout(
            AbortRolloutRequest.newBuilder().setName(V2).setReason("enough").build());

    assertThat(get().getStatus().getOpenList())
        .as("not known")
        .containsExactly(OpenRequests.newBuilder().setVersion("v2").build());
    api.open = OptionalLong.of(3);
    OpenRequests three = OpenRequests.newBuilder().setVersion("v2").setRequests(3).build();
    assertThat(get().getStatus().getOpenList()).containsExactly(three);
    assertThat(
            rollouts
                .explainRollout(ExplainRolloutRequest.newBuilder().setName(V2).build())
                .getRollout()
                .getStatus()
                .getOpenList())
        .containsExactly(three);
  }

  private static MeshService service(String tenant, String name) {
    return MeshService.newBuilder()
        .setMetadata(Metadata.newBuilder().setTenant(tenant).setName(name).putLabels("team", name))
        .setSpec(
            MeshServiceSpec.newBuilder()
                .setInitialStable("v1")
                .putVersions(
                    "v1",
                    MeshServiceSpec.Version.newBuilder().addEndpoints("127.0.0.1:9001").build())
                .addHosts(name + "." + tenant)
                .setPort(8081))
        .build();
  }

  private MeshService create(String tenant, String name) {
    return catalog.createMeshService(
        CreateMeshServiceRequest.newBuilder()
            .setParent("tenants/" + tenant)
            .setMeshService(service(tenant, name))
            .build());
  }

  @Test
  void aVerbAnswersWithWhatCameOfIt() {
    Rollout paused = pause("", false);
    assertThat(paused.getName()).isEqualTo(V2);
    assertThat(paused.getStatus().getPhase()).isEqualTo(RolloutStatus.Phase.PAUSED);
    assertThat(get().getEtag()).isEqualTo(paused.getEtag());
  }

  @Test
  void anOldEtagIsRefused() {
    String old = get().getEtag() + "x";
    assertThat(failure(() -> pause(old, false)).getStatus().getCode())
        .isEqualTo(Status.Code.ABORTED);
    assertThat(get().getStatus().getPhase()).isEqualTo(RolloutStatus.Phase.PROGRESSING);
  }

  @Test
  void validatingOnlyShowsTheOutcomeAndChangesNothing() {
    assertThat(pause("", true).getStatus().getPhase()).isEqualTo(RolloutStatus.Phase.PAUSED);
    assertThat(get().getStatus().getPhase()).isEqualTo(RolloutStatus.Phase.PROGRESSING);
  }

  @Test
  void namesAreChecked() {
    assertThat(
            failure(() ->
                    rollouts.getRollout(
                        GetRolloutRequest.newBuilder().setName("rollouts/x").build()))
                .getStatus()
                .getDescription())
        .contains("rollouts/x", "tenants/TENANT/rollouts/NAME");
    assertThat(
            failure(() ->
                    catalog.getMeshService(
                        GetMeshServiceRequest.newBuilder()
                            .setName("tenants/shop/services/none")
                            .build()))
                .getStatus()
                .getCode())
        .isEqualTo(Status.Code.NOT_FOUND);
  }

  @Test
  void everyProblemIsAFieldViolation() throws Exception {
    StatusRuntimeException refused =
        failure(() ->
            rollouts.createRollout(
                CreateRolloutRequest.newBuilder()
                    .setParent("tenants/shop")
                    .setRolloutId("Bad_Name")
                    .setRollout(Rollout.newBuilder().setSpec(RolloutSpec.getDefaultInstance()))
                    .build()));
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    var details = StatusProto.fromThrowable(refused);
    assertThat(details).isNotNull();
    BadRequest problems = details.getDetails(0).unpack(BadRequest.class);
    assertThat(problems.getFieldViolationsList())
        .extracting(BadRequest.FieldViolation::getField)
        .contains("spec.service", "spec.to");
  }

  /** Tenants of which one begins with the other used to lose what came after the shorter one. */
  @Test
  void pagesOverAllTenantsNeitherSkipNorRepeat() {
    create("a", "x");
    create("a-b", "y");
    create("b", "z");
    List<String> seen = new ArrayList<>();
    String token = "";
    do {
      var page =
          catalog.listMeshServices(
              ListMeshServicesRequest.newBuilder()
                  .setParent("tenants/-")
                  .setPageSize(1)
                  .setPageToken(token)
                  .build());
      page.getMeshServicesList().forEach(s -> seen.add(s.getName()));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertThat(seen)
        .containsExactly(
            "tenants/a/services/x",
            "tenants/a-b/services/y",
            "tenants/b/services/z",
            "tenants/shop/services/checkout");
  }

  @Test
  void listsAreFilteredByLabels() {
    create("a", "x");
    create("a", "y");
    assertThat(
            catalog
                .listMeshServices(
                    ListMeshServicesRequest.newBuilder()
                        .setParent("tenants/a")
                        .setFilter("labels.team = \"y\"")
                        .build())
                .getMeshServicesList())
        .extracting(MeshService::getName)
        .containsExactly("tenants/a/services/y");
    assertThat(
            failure(() ->
                    catalog.listMeshServices(
                        ListMeshServicesRequest.newBuilder()
                            .setParent("tenants/a")
                            .setFilter("name = y")
                            .build()))
                .getStatus()
                .getCode())
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void decisionsAreExplainedNewestFirst() {
    pause("", false);
    rollouts.resumeRollout(ResumeRolloutRequest.newBuilder().setName(V2).build());
    pause("", false); // after it nothing happens by itself that could come between two pages
    List<Decision> all =
        rollouts
            .explainRollout(ExplainRolloutRequest.newBuilder().setName(V2).build())
            .getDecisionsList();
    assertThat(all)
        .extracting(Decision::getRevision)
        .isSortedAccordingTo((a, b) -> Long.compare(b, a));
    assertThat(all).extracting(Decision::getCause).contains("started", "pause", "resume");
    var first =
        rollouts.explainRollout(
            ExplainRolloutRequest.newBuilder().setName(V2).setPageSize(2).build());
    assertThat(first.getDecisionsList()).isEqualTo(all.subList(0, 2));
    assertThat(first.getNextPageToken()).isNotEmpty();
  }

  @Test
  void aForeignPageTokenOfTheAuditLogIsRefusedInWords() {
    assertThat(
            failure(() ->
                    AuditServiceGrpc.newBlockingStub(channel)
                        .listAuditEntries(
                            ListAuditEntriesRequest.newBuilder()
                                .setResource(V2)
                                .setPageToken("x")
                                .build()))
                .getStatus()
                .getDescription())
        .contains("page_token: x");
  }

  @Test
  void aWatchBeginsWithWhatIsThereThenTellsChangesAndDeletions() throws Exception {
    ApiBench.Watch watch = api.watch(0);
    assertThat(watch.next().getRollout().getName()).isEqualTo(V2);
    assertThat(watch.next().getSynced()).isTrue();
    pause("", false);
    watch.until(RolloutStatus.Phase.PAUSED);
    rollouts.deleteRollout(DeleteRolloutRequest.newBuilder().setName(V2).setAbort(true).build());
    WatchRolloutsResponse event = watch.next();
    while (event.getDeleted().isEmpty()) {
      event = watch.next();
    }
    assertThat(event.getDeleted()).isEqualTo(V2);
  }

  @Test
  void aResumedWatchTellsOnlyWhatIsNewer() throws Exception {
    Rollout paused = pause("", false);
    ApiBench.Watch watch = api.watch(paused.getStatus().getRevision());
    assertThat(watch.next().getSynced()).isTrue();
    rollouts.resumeRollout(ResumeRolloutRequest.newBuilder().setName(V2).build());
    assertThat(watch.next().getRollout().getStatus().getRevision())
        .isGreaterThan(paused.getStatus().getRevision());
  }

  @Test
  void aSlowReaderGetsTheLatestState() throws Exception {
    ApiBench.Watch watch = api.new Watch(0, 2);
    watch.next();
    assertThat(watch.next().getSynced()).isTrue();
    for (int i = 0; i < 5; i++) {
      pause("", false);
      rollouts.resumeRollout(ResumeRolloutRequest.newBuilder().setName(V2).build());
    }
    Rollout last = pause("", false);
    watch.read(100);
    int events = 1;
    while (watch.next().getRollout().getStatus().getRevision() < last.getStatus().getRevision()) {
      events++;
    }
    assertThat(events).as("of eleven changes").isLessThan(5);
  }
}

package dev.serin.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.BadRequest;
import dev.serin.policy.Analysis;
import dev.serin.server.control.Bench;
import dev.serin.server.control.RolloutHistory;
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
import dev.serin.v1.PauseRolloutRequest;
import dev.serin.v1.ResumeRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc;
import dev.serin.v1.RolloutSpec;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.WatchRolloutsRequest;
import dev.serin.v1.WatchRolloutsResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The services as a client meets them, over a channel in this process. */
class ApiServicesTest {
  private static final String V2 = "tenants/shop/rollouts/checkout-v2";

  private final Bench bench = new Bench();
  private Server server;
  private ManagedChannel channel;
  private RolloutServiceGrpc.RolloutServiceBlockingStub rollouts;
  private MeshCatalogGrpc.MeshCatalogBlockingStub catalog;

  @BeforeEach
  void open() throws IOException {
    bench.started(Analysis.OFF).fleetAcks();
    RolloutWatches watches = new RolloutWatches();
    bench.later = watches::changed;
    RolloutHistory history = new RolloutHistory(bench.store);
    String name = UUID.randomUUID().toString();
    server =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .addService(new RolloutApi(bench.control, watches, new Decisions(history)))
            .addService(new ServiceApi(bench.control))
            .addService(new AuditApi(history))
            .build()
            .start();
    channel = InProcessChannelBuilder.forName(name).directExecutor().build();
    rollouts = RolloutServiceGrpc.newBlockingStub(channel);
    catalog = MeshCatalogGrpc.newBlockingStub(channel);
    bench.loop.start();
  }

  @AfterEach
  void end() {
    channel.shutdownNow();
    server.shutdownNow();
    bench.loop.close();
  }

  private Rollout get() {
    return rollouts.getRollout(GetRolloutRequest.newBuilder().setName(V2).build());
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

  private static StatusRuntimeException failure(Runnable call) {
    StatusRuntimeException thrown = catchThrowableOfType(StatusRuntimeException.class, call::run);
    assertThat(thrown).isNotNull();
    return thrown;
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
    Watch watch = new Watch(0, 100);
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
    Watch watch = new Watch(paused.getStatus().getRevision(), 100);
    assertThat(watch.next().getSynced()).isTrue();
    rollouts.resumeRollout(ResumeRolloutRequest.newBuilder().setName(V2).build());
    assertThat(watch.next().getRollout().getStatus().getRevision())
        .isGreaterThan(paused.getStatus().getRevision());
  }

  @Test
  void aSlowReaderGetsTheLatestState() throws Exception {
    Watch watch = new Watch(0, 2);
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

  /** A client that asks for so many messages first. */
  private final class Watch
      implements ClientResponseObserver<WatchRolloutsRequest, WatchRolloutsResponse> {
    private final LinkedBlockingQueue<WatchRolloutsResponse> events = new LinkedBlockingQueue<>();
    private final int window;
    private @Nullable ClientCallStreamObserver<WatchRolloutsRequest> call;

    Watch(long revision, int window) {
      this.window = window;
      RolloutServiceGrpc.newStub(channel)
          .watchRollouts(
              WatchRolloutsRequest.newBuilder()
                  .setParent("tenants/shop")
                  .setRevision(revision)
                  .build(),
              this);
    }

    WatchRolloutsResponse next() throws InterruptedException {
      WatchRolloutsResponse event = events.poll(10, TimeUnit.SECONDS);
      assertThat(event).as("an event").isNotNull();
      return event;
    }

    void until(RolloutStatus.Phase phase) throws InterruptedException {
      while (next().getRollout().getStatus().getPhase() != phase) {
        // earlier states may come before it
      }
    }

    void read(int messages) {
      if (call == null) {
        throw new IllegalStateException("the watch is not open");
      }
      call.request(messages);
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchRolloutsRequest> stream) {
      call = stream;
      stream.disableAutoRequestWithInitial(window);
    }

    @Override
    public void onNext(WatchRolloutsResponse event) {
      events.add(event);
    }

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onCompleted() {}
  }
}

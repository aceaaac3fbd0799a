package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import dev.serin.text.Parsed;
import dev.serin.text.Reading;
import dev.serin.text.ResourceReader;
import dev.serin.v1.AbortRolloutRequest;
import dev.serin.v1.AnyResource;
import dev.serin.v1.ApplyRequest;
import dev.serin.v1.ApplyResponse;
import dev.serin.v1.ApproveRolloutRequest;
import dev.serin.v1.CalendarServiceGrpc;
import dev.serin.v1.DeleteFreezeWindowRequest;
import dev.serin.v1.DetachRequest;
import dev.serin.v1.DiffProxyRequest;
import dev.serin.v1.DiffProxyResponse;
import dev.serin.v1.FleetServiceGrpc;
import dev.serin.v1.GetRolloutRequest;
import dev.serin.v1.ListProxiesRequest;
import dev.serin.v1.MeshCatalogGrpc;
import dev.serin.v1.MeshService;
import dev.serin.v1.Problem;
import dev.serin.v1.PromoteRolloutRequest;
import dev.serin.v1.Proxy;
import dev.serin.v1.ResourceServiceGrpc;
import dev.serin.v1.ResumeRolloutRequest;
import dev.serin.v1.RollbackRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.SetStableRequest;
import dev.serin.v1.SetWeightRequest;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.util.concurrent.TimeUnit;

/** The API as a client of the server under test calls it; a call waits for a server to be there. */
final class Api implements AutoCloseable {
  private static final int CALL_SECONDS = 20;

  private final ManagedChannel channel;

  Api(int port) {
    channel =
        Grpc.newChannelBuilder("127.0.0.1:" + port, InsecureChannelCredentials.create())
            .maxInboundMessageSize(64 << 20)
            .build();
  }

  private RolloutServiceGrpc.RolloutServiceBlockingStub rollouts() {
    return RolloutServiceGrpc.newBlockingStub(channel)
        .withWaitForReady()
        .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }

  /** Applies a text of resources that has to be right. */
  ApplyResponse apply(String yaml) {
    Reading reading = ResourceReader.read("test.yaml", yaml);
    assertThat(reading.problems()).filteredOn(problem -> problem.isError()).isEmpty();
    ApplyResponse response = apply(reading);
    assertThat(response.getProblemsList())
        .filteredOn(problem -> problem.getProblem().getSeverity() != Problem.Severity.WARNING)
        .isEmpty();
    return response;
  }

  ApplyResponse apply(Reading reading) {
    ApplyRequest.Builder request = ApplyRequest.newBuilder();
    for (Parsed parsed : reading.resources()) {
      AnyResource.Builder any = AnyResource.newBuilder();
      switch (parsed) {
        case Parsed.Service service -> any.setMeshService(service.message());
        case Parsed.Policy policy -> any.setCanaryPolicy(policy.message());
        case Parsed.Freeze freeze -> any.setFreezeWindow(freeze.message());
        case Parsed.Channel channel -> any.setChannel(channel.message());
        case Parsed.Release release -> any.setRelease(release.message());
        case Parsed.Rollout rollout -> any.setRollout(rollout.message());
      }
      request.addResources(any);
    }
    return ResourceServiceGrpc.newBlockingStub(channel)
        .withWaitForReady()
        .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
        .apply(request.build());
  }

  static String fullName(String rollout) {
    return "tenants/default/rollouts/" + rollout;
  }

  RolloutStatus rollout(String name) {
    return rollouts()
        .getRollout(GetRolloutRequest.newBuilder().setName(fullName(name)).build())
        .getStatus();
  }

  Rollout setWeight(String name, int ppm) {
    return rollouts()
        .setWeight(
            SetWeightRequest.newBuilder()
                .setName(fullName(name))
                .setWeightPpm(ppm)
                .setReason("a test asks for it")
                .build());
  }

  Rollout approve(String name) {
    return rollouts()
        .approveRollout(ApproveRolloutRequest.newBuilder().setName(fullName(name)).build());
  }

  Rollout rollback(String name) {
    return rollouts()
        .rollbackRollout(RollbackRolloutRequest.newBuilder().setName(fullName(name)).build());
  }

  void liftFreeze(String name) {
    var ignored =
        CalendarServiceGrpc.newBlockingStub(channel)
            .withWaitForReady()
            .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
            .deleteFreezeWindow(
                DeleteFreezeWindowRequest.newBuilder()
                    .setName("tenants/default/freezeWindows/" + name)
                    .build());
  }

  Rollout resume(String name) {
    return rollouts()
        .resumeRollout(ResumeRolloutRequest.newBuilder().setName(fullName(name)).build());
  }

  Rollout abort(String name) {
    return rollouts()
        .abortRollout(AbortRolloutRequest.newBuilder().setName(fullName(name)).build());
  }

  /** Ends the present wait. */
  Rollout promote(String name) {
    return rollouts()
        .promoteRollout(PromoteRolloutRequest.newBuilder().setName(fullName(name)).build());
  }

  MeshService setStable(String service, String version) {
    return services()
        .setStable(
            SetStableRequest.newBuilder()
                .setName("tenants/default/services/" + service)
                .setVersion(version)
                .build());
  }

  MeshService detach(String service) {
    return services()
        .detach(DetachRequest.newBuilder().setName("tenants/default/services/" + service).build());
  }

  private MeshCatalogGrpc.MeshCatalogBlockingStub services() {
    return MeshCatalogGrpc.newBlockingStub(channel)
        .withWaitForReady()
        .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * What Serin changes for a proxy.
   *
   * @param step of the only rollout; empty is all that it changes now
   */
  DiffProxyResponse diff(String node, String step) {
    return FleetServiceGrpc.newBlockingStub(channel)
        .withWaitForReady()
        .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
        .diffProxy(DiffProxyRequest.newBuilder().setName("proxies/" + node).setStep(step).build());
  }

  /** The proxies by node id. */
  ImmutableMap<String, Proxy> proxies() {
    return Maps.uniqueIndex(
        FleetServiceGrpc.newBlockingStub(channel)
            .withWaitForReady()
            .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
            .listProxies(ListProxiesRequest.getDefaultInstance())
            .getProxiesList(),
        Proxy::getNodeId);
  }

  @Override
  public void close() {
    var unused = channel.shutdownNow();
  }
}

package dev.serin.server.csds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.serin.server.InProcess;
import dev.serin.server.SimulatedFleet;
import io.envoyproxy.envoy.service.status.v3.ClientConfig;
import io.envoyproxy.envoy.service.status.v3.ClientStatusDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.status.v3.ClientStatusDiscoveryServiceGrpc.ClientStatusDiscoveryServiceBlockingStub;
import io.envoyproxy.envoy.service.status.v3.ClientStatusRequest;
import io.envoyproxy.envoy.service.status.v3.ClientStatusResponse;
import io.envoyproxy.envoy.service.status.v3.ConfigStatus;
import io.envoyproxy.envoy.type.matcher.v3.NodeMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Thousands of proxies, and proxies with thousands of resources. */
class LargeFleetTest {
  /** What gRPC clients take if nobody told them otherwise. */
  private static final int CLIENT_TAKES = 4 << 20;

  private final SimulatedFleet fleet = new SimulatedFleet();
  private @Nullable InProcess server;

  private ManagedChannel serve(Sight sight) throws IOException {
    InProcess opened = new InProcess(List.of(new ClientStatusService(fleet, sight)));
    server = opened;
    return opened.channel();
  }

  @AfterEach
  void close() {
    if (server != null) {
      server.close();
    }
  }

  /** Takes one message when it is told to. */
  private static final class Reader
      implements ClientResponseObserver<ClientStatusRequest, ClientStatusResponse> {
    private final List<ClientStatusResponse> read = new ArrayList<>();
    private @Nullable ClientCallStreamObserver<ClientStatusRequest> out;
    private boolean completed;

    /** Asks for everything, once. */
    static Reader of(ManagedChannel channel) {
      Reader reader = new Reader();
      var requests = ClientStatusDiscoveryServiceGrpc.newStub(channel).streamClientStatus(reader);
      requests.onNext(ClientStatusRequest.getDefaultInstance());
      requests.onCompleted();
      return reader;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<ClientStatusRequest> requests) {
      out = requests;
      requests.disableAutoRequestWithInitial(0);
    }

    void readOne() {
      if (out != null) {
        out.request(1);
      }
    }

    @Override
    public void onNext(ClientStatusResponse response) {
      read.add(response);
    }

    @Override
    public void onError(Throwable error) {
      throw new AssertionError(error);
    }

    @Override
    public void onCompleted() {
      completed = true;
    }

    Map<String, Integer> resourcesByNode() {
      Map<String, Integer> resources = new HashMap<>();
      for (ClientStatusResponse response : read) {
        assertThat(response.getSerializedSize()).isLessThan(CLIENT_TAKES);
        for (ClientConfig config : response.getConfigList()) {
          resources.merge(
              config.getNode().getId(), config.getGenericXdsConfigsCount(), Integer::sum);
        }
      }
      return resources;
    }
  }

  @Test
  void aFleetComesInMessagesThatAClientTakesAndOnlyAsFastAsItReads() throws Exception {
    fleet.fill(5_000, 10);
    Reader reader = Reader.of(serve(new Sight.Everyone()));
    assertThat(reader.read).isEmpty();
    for (int messages = 1; !reader.completed; messages++) {
      reader.readOne();
      assertThat(reader.read).hasSizeLessThanOrEqualTo(messages);
    }
    assertThat(reader.read).hasSizeGreaterThan(1);
    Map<String, Integer> resources = reader.resourcesByNode();
    assertThat(resources).hasSize(5_000);
    assertThat(resources.values()).containsOnly(10);
    assertThat(fleet.looks()).as("one moment for all of them").isEqualTo(1);
  }

  @Test
  void aFetchOfAFleetTooLargeForOneMessageSaysWhatToDo() throws Exception {
    fleet.fill(5_000, 10);
    ClientStatusDiscoveryServiceBlockingStub stub =
        ClientStatusDiscoveryServiceGrpc.newBlockingStub(serve(new Sight.Everyone()));
    Status refused = failure(stub);
    assertThat(refused.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(refused.getDescription())
        .contains("5000 proxies", "node_matchers", "StreamClientStatus");

    ClientStatusResponse few =
        stub.fetchClientStatus(
            ClientStatusRequest.newBuilder()
                .addNodeMatchers(
                    NodeMatcher.newBuilder()
                        .setNodeId(StringMatcher.newBuilder().setPrefix("proxy-012")))
                .build());
    assertThat(few.getConfigList()).hasSize(100);
    assertThat(few.getConfig(0).getGenericXdsConfigs(0).getConfigStatus())
        .isEqualTo(ConfigStatus.ERROR);
  }

  @Test
  void aProxyTooLargeForOneMessageGoesOnInTheNext() throws Exception {
    fleet.put(SimulatedFleet.view("huge", "c", true, 0, 50_000, SimulatedFleet.synced()));
    fleet.put(SimulatedFleet.view("small", "c", true, 0, 3, SimulatedFleet.synced()));
    Reader reader = Reader.of(serve(new Sight.Everyone()));
    while (!reader.completed) {
      reader.readOne();
    }
    assertThat(reader.read).hasSizeGreaterThan(1);
    assertThat(reader.resourcesByNode())
        .containsExactlyInAnyOrderEntriesOf(Map.of("huge", 50_000, "small", 3));
  }

  @Test
  void nobodyIsShownAnythingWhereNobodyMaySee() throws Exception {
    fleet.fill(10, 1);
    Status refused =
        failure(
            ClientStatusDiscoveryServiceGrpc.newBlockingStub(serve(new Sight.Nobody("not here"))));
    assertThat(refused.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(refused.getDescription()).isEqualTo("not here");
    assertThat(fleet.looks()).isZero();
  }

  private static Status failure(ClientStatusDiscoveryServiceBlockingStub stub) {
    return catchThrowableOfType(
            StatusRuntimeException.class,
            () -> stub.fetchClientStatus(ClientStatusRequest.getDefaultInstance()))
        .getStatus();
  }
}

package dev.serin.server.fleet;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Status;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.BuildVersion;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.type.v3.SemanticVersion;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A proxy that asks for everything and accepts it, or keeps silent about routes, or refuses. */
final class FakeProxy implements StreamObserver<DiscoveryResponse>, AutoCloseable {
  private final String routes;
  private final ArrayDeque<DiscoveryResponse> inbox = new ArrayDeque<>();
  private final ArrayDeque<DiscoveryResponse> unanswered = new ArrayDeque<>();
  private final Map<String, String> versions = new HashMap<>();
  private final Map<String, List<String>> names = new HashMap<>();
  private final StreamObserver<DiscoveryRequest> out;
  private Node node;

  /** Routes are answered not at all. */
  boolean silent;

  /** Routes are refused with these words, unless empty. */
  String refuses = "";

  /** What has this in it is not answered, unless it is empty. */
  String silentOn = "";

  /** Of what it refuses, only what has this in it. */
  String refusesOnly = "";

  int routesReceived;

  FakeProxy(ManagedChannel channel, String id, int minor, String routes) {
    this.routes = routes;
    this.node =
        Node.newBuilder()
            .setId(id)
            .setUserAgentName("envoy")
            .setUserAgentBuildVersion(
                BuildVersion.newBuilder()
                    .setVersion(
                        SemanticVersion.newBuilder().setMajorNumber(1).setMinorNumber(minor)))
            .build();
    this.out = AggregatedDiscoveryServiceGrpc.newStub(channel).streamAggregatedResources(this);
    ask(TypeUrls.CLUSTER, List.of());
    ask(TypeUrls.LISTENER, List.of());
    ask(TypeUrls.ROUTES, List.of(routes));
  }

  private void ask(String type, List<String> wanted) {
    names.put(type, wanted);
    send(DiscoveryRequest.newBuilder().setTypeUrl(type), type);
  }

  private void send(DiscoveryRequest.Builder request, String type) {
    request
        .setNode(node)
        .addAllResourceNames(names.getOrDefault(type, List.of()))
        .setVersionInfo(versions.getOrDefault(type, ""));
    node = Node.getDefaultInstance();
    out.onNext(request.build());
  }

  /** Answers what has come; whether there was anything. */
  boolean answer() {
    boolean any = false;
    for (DiscoveryResponse response = inbox.poll(); response != null; response = inbox.poll()) {
      any = true;
      answer(response);
    }
    return any;
  }

  private void answer(DiscoveryResponse response) {
    String type = response.getTypeUrl();
    DiscoveryRequest.Builder request =
        DiscoveryRequest.newBuilder().setTypeUrl(type).setResponseNonce(response.getNonce());
    if (type.equals(TypeUrls.ROUTES)) {
      routesReceived++;
      if (silent || (!silentOn.isEmpty() && response.toString().contains(silentOn))) {
        unanswered.add(response);
        return;
      }
      if (!refuses.isEmpty() && response.toString().contains(refusesOnly)) {
        send(request.setErrorDetail(Status.newBuilder().setCode(3).setMessage(refuses)), type);
        return;
      }
    }
    versions.put(type, response.getVersionInfo());
    send(request, type);
    if (type.equals(TypeUrls.CLUSTER)) {
      ask(TypeUrls.ENDPOINTS, endpointSets(response));
    }
  }

  /** Speaks again: what it has not answered while it was silent it answers now. */
  void answerLate() {
    silent = false;
    silentOn = "";
    inbox.addAll(unanswered);
    unanswered.clear();
  }

  private static List<String> endpointSets(DiscoveryResponse response) {
    List<String> sets = new ArrayList<>();
    for (Any any : response.getResourcesList()) {
      try {
        Cluster cluster = any.unpack(Cluster.class);
        String name = cluster.getEdsClusterConfig().getServiceName();
        sets.add(name.isEmpty() ? cluster.getName() : name);
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalStateException(e);
      }
    }
    return sets;
  }

  @Override
  public void onNext(DiscoveryResponse response) {
    inbox.add(response);
  }

  @Override
  public void onError(Throwable error) {}

  @Override
  public void onCompleted() {}

  @Override
  public void close() {
    out.onCompleted();
  }

  String routes() {
    return routes;
  }
}

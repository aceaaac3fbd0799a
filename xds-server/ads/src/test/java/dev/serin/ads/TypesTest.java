package dev.serin.ads;

import static dev.serin.ads.Bodies.cluster;
import static dev.serin.ads.Bodies.snapshot;
import static dev.serin.mesh.TypeUrls.CLUSTER;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.serin.ads.TestClient.Response;
import dev.serin.mesh.Resource;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.runtime.v3.Runtime;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every type, on aggregated streams and on those of one type, in both variants. */
class TypesTest {
  private static final String UNHEARD_OF = "type.googleapis.com/example.of.another.decade.v9.Thing";

  private final Harness harness = new Harness();

  @AfterEach
  void close() {
    harness.close();
  }

  private static Stream<Arguments> everyTypeInEveryVariant() {
    return Stream.of(
            TypeUrls.LISTENER,
            TypeUrls.CLUSTER,
            TypeUrls.ENDPOINTS,
            TypeUrls.ROUTES,
            TypeUrls.SCOPED_ROUTES,
            TypeUrls.VIRTUAL_HOST,
            TypeUrls.RUNTIME,
            TypeUrls.SECRET,
            TypeUrls.EXTENSION,
            UNHEARD_OF)
        .flatMap(type ->
            Stream.of(
                Arguments.of(type, false, false),
                Arguments.of(type, false, true),
                Arguments.of(type, true, false),
                Arguments.of(type, true, true)))
        .filter(TypesTest::exists);
  }

  /** Nobody knows a service for the unheard-of; virtual hosts are incremental only. */
  private static boolean exists(Arguments arguments) {
    String type = (String) arguments.get()[0];
    boolean incremental = (boolean) arguments.get()[1];
    boolean alone = (boolean) arguments.get()[2];
    return !(alone && type.equals(UNHEARD_OF))
        && !(alone && !incremental && type.equals(TypeUrls.VIRTUAL_HOST));
  }

  private TestClient connect(String type, boolean incremental, boolean alone) {
    return alone
        ? TestClient.ofOneType(harness, incremental, "n1", type)
        : new TestClient(harness, incremental, "n1");
  }

  /** A resource as a newer control plane may have made it: with a field that is unknown here. */
  private static Resource resource(String type, String name, int mark) {
    ByteString body =
        switch (type) {
          case TypeUrls.LISTENER -> Listener.newBuilder().setName(name).build().toByteString();
          case TypeUrls.CLUSTER -> Cluster.newBuilder().setName(name).build().toByteString();
          case TypeUrls.ENDPOINTS ->
              ClusterLoadAssignment.newBuilder().setClusterName(name).build().toByteString();
          case TypeUrls.ROUTES ->
              RouteConfiguration.newBuilder().setName(name).build().toByteString();
          case TypeUrls.SCOPED_ROUTES ->
              ScopedRouteConfiguration.newBuilder().setName(name).build().toByteString();
          case TypeUrls.VIRTUAL_HOST ->
              VirtualHost.newBuilder().setName(name).build().toByteString();
          case TypeUrls.RUNTIME -> Runtime.newBuilder().setName(name).build().toByteString();
          case TypeUrls.SECRET -> Secret.newBuilder().setName(name).build().toByteString();
          case TypeUrls.EXTENSION ->
              TypedExtensionConfig.newBuilder().setName(name).build().toByteString();
          default -> ByteString.copyFromUtf8(name + mark);
        };
    if (type.equals(UNHEARD_OF)) {
      return Resource.of(type, name + mark, body);
    }
    ByteString newer =
        UnknownFieldSet.newBuilder()
            .addField(9_999, UnknownFieldSet.Field.newBuilder().addVarint(mark).build())
            .build()
            .toByteString();
    return Resource.of(type, name, body.concat(newer));
  }

  // "Resource types" and "RPC services and methods for each variant": each type is served the same
  // way, and what it holds is nobody's business but the client's.
  @ParameterizedTest
  @MethodSource("everyTypeInEveryVariant")
  void everyTypeIsServedAsItCame(String type, boolean incremental, boolean alone) {
    Resource first = resource(type, "x", 1);
    Resource other = resource(type, "y", 1);
    harness.publish(snapshot(first, other));
    TestClient client = connect(type, incremental, alone);
    client.ask(type, first.name());
    Response one = client.takeAndAck(type);
    assertThat(one.resources()).containsEntry(first.name(), first.body()).hasSize(1);
    client.ask(type, first.name(), other.name());
    assertThat(client.takeAndAck(type).resources()).containsEntry(other.name(), other.body());
    Resource changed = resource(type, "x", 2);
    harness.publish(snapshot(changed, other));
    if (!type.equals(UNHEARD_OF)) {
      assertThat(client.takeAndAck(type).resources()).containsEntry("x", changed.body());
    } else if (incremental) {
      assertThat(client.takeAndAck(type).removed()).containsExactly(first.name());
    }
    client.expectNothing();
  }

  // "How the client specifies what resources to return": naming nothing is asking for everything,
  // and Envoy asks so for scoped routes and for virtual hosts, too.
  @ParameterizedTest
  @MethodSource("everyTypeInEveryVariant")
  void everyTypeIsServedWholeToWhoeverNamesNothing(
      String type, boolean incremental, boolean alone) {
    Resource first = resource(type, "x", 1);
    Resource other = resource(type, "y", 1);
    harness.publish(snapshot(first, other));
    TestClient client = connect(type, incremental, alone);
    client.ask(type);
    assertThat(client.takeAndAck(type).resources())
        .containsEntry(first.name(), first.body())
        .containsEntry(other.name(), other.body());
    client.expectNothing();
  }

  // "Knowing when a requested resource does not exist": the incremental variant says so, the other
  // has no way to, and its clients wait for a time of their own. Neither loses the stream.
  @ParameterizedTest
  @MethodSource("everyTypeInEveryVariant")
  void typeOfWhichNothingIsServedIsAnsweredInTheVariantsWay(
      String type, boolean incremental, boolean alone) {
    harness.publish(snapshot(cluster("some", "1")));
    TestClient client = connect(type, incremental, alone);
    client.ask(type, "x");
    if (type.equals(TypeUrls.RUNTIME)) {
      // An Envoy whose bootstrap names a layer asks for nothing else before it has it.
      assertThat(client.takeAndAck(type).names()).containsExactly("x");
    } else if (type.equals(TypeUrls.VIRTUAL_HOST) && incremental) {
      assertThat(client.takeAndAck(type).resources()).containsKey("x");
    } else if (incremental) {
      assertThat(client.takeAndAck(type).removed()).containsExactly("x");
    } else if (type.equals(TypeUrls.CLUSTER) || type.equals(TypeUrls.LISTENER)) {
      assertThat(client.takeAndAck(type).names()).isEmpty();
    }
    client.expectNothing();
    harness.publish(snapshot(resource(type, "x", 1), Resource.of(type, "x", ByteString.EMPTY)));
    harness.publish(snapshot(cluster("some", "1"), resource(type, "x", 2)));
    assertThat(client.error).isNull();
  }

  // "RPC services and methods for each variant": virtual hosts have no state of the world.
  @Test
  void virtualHostsHaveNoStateOfTheWorldService() {
    assertThat(OneType.of(TypeUrls.VIRTUAL_HOST).full()).isNull();
    assertThat(harness.ads.services())
        .filteredOn(service ->
            service
                .bindService()
                .getServiceDescriptor()
                .getName()
                .equals("envoy.service.route.v3.VirtualHostDiscoveryService"))
        .singleElement()
        .satisfies(service ->
            assertThat(service.bindService().getMethods())
                .extracting(method -> method.getMethodDescriptor().getBareMethodName())
                .containsExactly("DeltaVirtualHosts"));
  }

  // "REST-JSON polling subscriptions": a way of its own, with methods of one answer, not offered.
  @Test
  void methodsOfOneAnswerAreSaidToBeMissing() {
    var stub = SecretDiscoveryServiceGrpc.newBlockingStub(harness.channel);
    StatusRuntimeException thrown =
        Assertions.catchThrowableOfType(
            StatusRuntimeException.class,
            () -> stub.fetchSecrets(DiscoveryRequest.getDefaultInstance()));
    assertThat(thrown.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
  }

  // "Variants of the xDS transport protocol": a service of one type serves that type.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void serviceOfOneTypeRefusesAnother(boolean incremental) {
    harness.publish(snapshot(cluster("a", "1")));
    TestClient client = TestClient.ofOneType(harness, incremental, "n1", TypeUrls.SECRET);
    client.ask(CLUSTER);
    assertThat(Status.fromThrowable(client.error).getCode())
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(Status.fromThrowable(client.error).getDescription())
        .contains("expected: " + TypeUrls.SECRET);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void typesInOneStreamDoNotDisturbEachOther(boolean incremental) {
    harness.publish(
        snapshot(
            resource(TypeUrls.SECRET, "s", 1),
            resource(TypeUrls.RUNTIME, "rt", 1),
            resource(TypeUrls.EXTENSION, "e", 1)));
    TestClient client = new TestClient(harness, incremental, "n1");
    client.ask(TypeUrls.SECRET, "s").ask(TypeUrls.RUNTIME, "rt").ask(TypeUrls.EXTENSION, "e");
    client.nack(client.take(TypeUrls.SECRET), "no key");
    client.takeAndAck(TypeUrls.RUNTIME);
    client.takeAndAck(TypeUrls.EXTENSION);
    client.expectNothing();
    assertThat(harness.events)
        .isEqualTo(List.of("joined n1", "nacked n1 s: no key", "acked n1 rt", "acked n1 e"));
  }
}

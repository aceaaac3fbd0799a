package dev.serin.ads;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.serin.mesh.BaseSnapshots;
import dev.serin.mesh.MeshConfig;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeResources;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.Unsaid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What its origin has not said yet: an empty answer in its place would take from a client what it
 * has.
 */
class UnsaidTest {
  private static final ProxyGroup ENVOY =
      new ProxyGroup("", "", ProxyGroup.Client.ENVOY, 1, 40, "127.0.0.1");

  private final Harness harness = new Harness();
  private final BaseSnapshots shared = new BaseSnapshots();

  @AfterEach
  void close() {
    harness.close();
  }

  private Snapshot snapshot(ImmutableMap<String, Unsaid> unsaid, Resource... resources) {
    Map<String, List<Resource>> byType = new HashMap<>();
    for (Resource resource : resources) {
      byType.computeIfAbsent(resource.typeUrl(), type -> new ArrayList<>()).add(resource);
    }
    Map<String, TypeResources> sets = new HashMap<>();
    byType.forEach((type, all) -> sets.put(type, shared.set(all, Optional.empty())));
    return MeshConfig.EMPTY
        .render(
            ENVOY,
            shared.around(
                ImmutableList.of(),
                ImmutableList.of(
                    shared.snapshot(sets, new Unsaid.Types(unsaid, Unsaid.EVERYTHING)))))
        .snapshot();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aWildcardIsAnsweredOnceItsOriginHasAnswered(boolean incremental) {
    harness.publish(snapshot(ImmutableMap.of()));
    TestClient client = new TestClient(harness, incremental, "a");
    client.ask(TypeUrls.CLUSTER);
    client.expectNothing();
    harness.publish(
        snapshot(ImmutableMap.of(TypeUrls.CLUSTER, Unsaid.NOTHING), Bodies.cluster("c", "1")));
    assertThat(client.takeAndAck(TypeUrls.CLUSTER).names()).containsExactly("c");
    client.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anOriginThatSaysThereIsNothingIsBelieved(boolean incremental) {
    harness.publish(snapshot(ImmutableMap.of()));
    TestClient client = new TestClient(harness, incremental, "a");
    client.ask(TypeUrls.CLUSTER);
    client.expectNothing();
    harness.publish(snapshot(ImmutableMap.of(TypeUrls.CLUSTER, Unsaid.NOTHING)));
    assertThat(client.takeAndAck(TypeUrls.CLUSTER).names()).isEmpty();
    client.close();
  }

  /** In the incremental variant a name that does not exist is told, which must wait as well. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void ofNamesThoseAreAnsweredThatAreKnown(boolean incremental) {
    ImmutableMap<String, Unsaid> some =
        ImmutableMap.of(TypeUrls.ROUTES, new Unsaid.AllBut(ImmutableSet.of()));
    harness.publish(snapshot(some, Bodies.route("r", "1")));
    TestClient client = new TestClient(harness, incremental, "a");
    client.ask(TypeUrls.ROUTES, "r", "later");
    assertThat(client.takeAndAck(TypeUrls.ROUTES).names()).containsExactly("r");
    client.expectNothing();
    harness.publish(snapshot(some, Bodies.route("r", "1"), Bodies.route("later", "1")));
    assertThat(client.takeAndAck(TypeUrls.ROUTES).names()).contains("later");
    client.expectNothing();
    client.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true})
  void aNameThatTheOriginDeniesIsTold(boolean incremental) {
    harness.publish(
        snapshot(
            ImmutableMap.of(TypeUrls.ROUTES, new Unsaid.AllBut(ImmutableSet.of())),
            Bodies.route("r", "1")));
    TestClient client = new TestClient(harness, incremental, "a");
    client.ask(TypeUrls.ROUTES, "r", "never");
    var unused = client.takeAndAck(TypeUrls.ROUTES);
    harness.publish(
        snapshot(
            ImmutableMap.of(TypeUrls.ROUTES, new Unsaid.AllBut(ImmutableSet.of("never"))),
            Bodies.route("r", "1")));
    assertThat(client.takeAndAck(TypeUrls.ROUTES).removed()).containsExactly("never");
    client.close();
  }

  /** A client that comes back while nothing is known keeps what it brings. */
  @ParameterizedTest
  @ValueSource(booleans = {true})
  void whatAClientBringsIsNotTakenForGone(boolean incremental) {
    harness.publish(snapshot(ImmutableMap.of()));
    TestClient client = new TestClient(harness, incremental, "a");
    client.sendDelta(request ->
        request.setTypeUrl(TypeUrls.CLUSTER).putInitialResourceVersions("c", "of-another-time"));
    client.expectNothing();
    client.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theOriginsVersionIsWhatTheClientIsTold(boolean incremental) {
    harness.publish(
        MeshConfig.EMPTY
            .render(
                ENVOY,
                shared.around(
                    ImmutableList.of(),
                    ImmutableList.of(
                        shared.snapshot(
                            Map.of(
                                TypeUrls.CLUSTER,
                                shared.set(
                                    List.of(Bodies.cluster("c", "1")), Optional.of("41")))))))
            .snapshot());
    TestClient client = new TestClient(harness, incremental, "a");
    client.ask(TypeUrls.CLUSTER);
    assertThat(client.takeAndAck(TypeUrls.CLUSTER).version()).isEqualTo("41");
    client.close();
  }
}

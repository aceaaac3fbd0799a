package dev.serin.ads;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Status;
import dev.serin.ads.StreamState.Variant;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One stream's state against a client that keeps what it is sent, told by seeded chance. */
class StreamStateTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
  private static final List<String> NAMES = List.of("a", "b", "c", "d", "e");
  private static final String BAD = "bad";

  /** The seed is in the test's name. Most steps change one resource, as a rollout's do. */
  @ParameterizedTest
  @CsvSource({
    "STATE_OF_THE_WORLD, 1", "STATE_OF_THE_WORLD, 2", "STATE_OF_THE_WORLD, 3",
    "INCREMENTAL, 1", "INCREMENTAL, 2", "INCREMENTAL, 3"
  })
  void aClientEndsWithWhatIsServedOrTheLastThatItAccepted(Variant variant, long seed) {
    Random random = new Random(seed);
    StreamState state =
        new StreamState(
            variant, /* alone= */ false, new NodeMemory(), new References(), Duration.ZERO);
    Client client = new Client(variant, state);
    Map<String, String> clusters = new TreeMap<>(Map.of("a", "1"));
    Map<String, String> routes = new TreeMap<>(Map.of("a", "1", "b", "1"));
    client.subscribe(TypeUrls.CLUSTER, Set.of());
    client.subscribe(TypeUrls.ROUTES, Set.of("a", "b", "c"));
    for (int step = 0; step < 1_000; step++) {
      change(random, clusters);
      change(random, routes);
      if (random.nextInt(20) == 0) {
        Set<String> wanted = new HashSet<>(NAMES);
        wanted.removeIf(name -> random.nextInt(3) == 0);
        wanted.add("a");
        client.subscribe(TypeUrls.ROUTES, wanted);
      }
      Snapshot served = snapshot(clusters, routes);
      state.serve(served);
      client.answerAll(served);
      client.check(served, "%s seed %d step %d".formatted(variant, seed, step));
    }
    assertThat(client.rejectedAlone).as("rejections").isNotEmpty();
  }

  private static void change(Random random, Map<String, String> marks) {
    for (int i = random.nextInt(4) == 0 ? 3 : random.nextInt(2); i > 0; i--) {
      String name = NAMES.get(random.nextInt(NAMES.size()));
      switch (random.nextInt(8)) {
        case 0 -> marks.remove(name);
        case 1 -> marks.put(name, BAD + random.nextInt(3));
        default -> marks.put(name, Integer.toString(random.nextInt(6)));
      }
    }
  }

  private static Snapshot snapshot(Map<String, String> clusters, Map<String, String> routes) {
    List<Resource> all = new ArrayList<>();
    clusters.forEach((name, mark) -> all.add(Bodies.cluster(name, mark)));
    routes.forEach((name, mark) -> all.add(Bodies.route(name, mark)));
    return Snapshot.of(all);
  }

  /** Rejects a response that holds a bad resource, and then uses nothing of it. */
  private static final class Client {
    private final Variant variant;
    private final StreamState state;
    private final Map<String, Set<String>> asked = new TreeMap<>();
    private final Map<String, Map<String, Resource>> has = new TreeMap<>();
    private final Set<Resource> rejectedAlone = new HashSet<>();

    private Client(Variant variant, StreamState state) {
      this.variant = variant;
      this.state = state;
    }

    void subscribe(String typeUrl, Set<String> names) {
      Set<String> before = asked.getOrDefault(typeUrl, Set.of());
      TreeSet<String> dropped = new TreeSet<>(before);
      dropped.removeAll(names);
      TreeSet<String> added = new TreeSet<>(names);
      added.removeAll(before);
      asked.put(typeUrl, new TreeSet<>(names));
      mine(typeUrl).keySet().removeAll(dropped);
      state.accept(
          switch (variant) {
            case STATE_OF_THE_WORLD -> full(typeUrl, "", Status.getDefaultInstance());
            case INCREMENTAL ->
                RequestReader.delta(
                    DeltaDiscoveryRequest.newBuilder()
                        .setTypeUrl(typeUrl)
                        .addAllResourceNamesSubscribe(added)
                        .addAllResourceNamesUnsubscribe(dropped)
                        .build()
                        .toByteArray());
          },
          NOW);
    }

    private Map<String, Resource> mine(String typeUrl) {
      return has.computeIfAbsent(typeUrl, t -> new TreeMap<>());
    }

    void answerAll(Snapshot served) {
      for (Outgoing next = state.next(NOW); next != null; next = state.next(NOW)) {
        boolean bad = next.resources().stream().anyMatch(Client::isBad);
        if (bad) {
          List<Resource> news = new ArrayList<>(next.resources());
          news.removeAll(mine(next.typeUrl()).values());
          // An earlier body, which stands in for one that has to wait, is nothing new.
          news.retainAll(served.ofType(next.typeUrl()).byName().values());
          assertThat(rejectedAlone).doesNotContainAnyElementsOf(news);
          if (news.size() == 1) {
            rejectedAlone.addAll(news);
          }
        } else {
          use(next);
        }
        answer(next, bad);
      }
    }

    private static boolean isBad(Resource resource) {
      return resource.value().toStringUtf8().contains(BAD);
    }

    private void use(Outgoing response) {
      Map<String, Resource> mine = mine(response.typeUrl());
      boolean everything =
          variant == Variant.STATE_OF_THE_WORLD && response.typeUrl().equals(TypeUrls.CLUSTER);
      if (everything) {
        mine.clear();
      }
      response.resources().forEach(resource -> mine.put(resource.name(), resource));
      if (variant == Variant.INCREMENTAL) {
        response.removed().forEach(mine::remove);
      }
    }

    private void answer(Outgoing response, boolean bad) {
      Status error =
          bad
              ? Status.newBuilder().setCode(3).setMessage("no good").build()
              : Status.getDefaultInstance();
      state.accept(
          switch (variant) {
            case STATE_OF_THE_WORLD -> full(response.typeUrl(), response.nonce(), error);
            case INCREMENTAL -> {
              var request =
                  DeltaDiscoveryRequest.newBuilder()
                      .setTypeUrl(response.typeUrl())
                      .setResponseNonce(response.nonce());
              yield RequestReader.delta(
                  (bad ? request.setErrorDetail(error) : request).build().toByteArray());
            }
          },
          NOW);
    }

    private Ask full(String typeUrl, String nonce, Status error) {
      var request =
          DiscoveryRequest.newBuilder()
              .setTypeUrl(typeUrl)
              .setResponseNonce(nonce)
              .addAllResourceNames(asked.getOrDefault(typeUrl, Set.of()));
      boolean bad = error.getCode() != 0;
      return RequestReader.full(
          (bad ? request.setErrorDetail(error) : request).build().toByteArray());
    }

    void check(Snapshot served, String when) {
      asked.forEach((typeUrl, names) -> {
        Map<String, Resource> mine = mine(typeUrl);
        for (String name : names.isEmpty() ? NAMES : names) {
          Resource wanted = served.ofType(typeUrl).get(name);
          String what = "%s %s %s".formatted(when, typeUrl, name);
          if (wanted == null) {
            // Only a full response, or a removal, takes something away.
            boolean stays =
                variant == Variant.STATE_OF_THE_WORLD && typeUrl.equals(TypeUrls.ROUTES);
            assertThat(stays || !mine.containsKey(name)).as(what).isTrue();
          } else if (isBad(wanted)) {
            assertThat(rejectedAlone).as(what).contains(wanted);
          } else {
            assertThat(mine.get(name)).as(what).isEqualTo(wanted);
          }
        }
      });
    }
  }
}

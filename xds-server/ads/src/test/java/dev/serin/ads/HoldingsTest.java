package dev.serin.ads;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeResources;
import dev.serin.mesh.TypeUrls;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client has is the same however it is told. */
class HoldingsTest {
  private static final List<String> NAMES = List.of("a", "b", "c", "d", "e", "f");

  @Test
  void streamsInStepShareWhatTheyStillHave() {
    Resource before = Bodies.route("a", "v1", "x");
    Resource other = Bodies.route("b", "v1", "x");
    Resource beside = Bodies.route("b", "v2", "x");
    TypeResources served =
        Snapshot.of(List.of(Bodies.route("a", "v2", "x"), beside)).ofType(TypeUrls.ROUTES);
    Holdings one = Holdings.allBut(before, served);
    assertThat(Holdings.allBut(before, served).others()).isSameAs(one.others());
    assertThat(one.get("a")).isEqualTo(Held.of(before));
    assertThat(one.get("b")).isEqualTo(Held.of(beside));
    assertThat(Holdings.allBut(other, served).get("b")).isEqualTo(Held.of(other));
    // An equal one is another fleet's, whose bytes this one must not keep alive.
    Resource equal = Bodies.route("a", "v1", "x");
    assertThat(Holdings.allBut(equal, served).get("a").body()).isSameAs(equal);
  }

  /**
   * A client that accepts, is told of removals, and changes what it asks for, beside a plain map of
   * what it has. The seed is in the test's name.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 20261122})
  void sharedSetsWithDifferencesSayWhatAPlainMapSays(long seed) {
    Random random = new Random(seed);
    Map<String, String> model = new TreeMap<>();
    Set<String> asked = new TreeSet<>(NAMES.subList(0, 3));
    Holdings holdings = Holdings.NONE;
    for (int step = 0; step < 2_000; step++) {
      switch (random.nextInt(4)) {
        case 0 -> { // a publication, to which what the client has is compared
          TypeResources next = resources(random);
          holdings = holdings.rebased(next, next.since(holdings.base()).names(), asked::contains);
          assertThat(holdings.others().isEmpty()).isEqualTo(upToDate(model, next, asked));
        }
        case 1 -> { // it accepts something
          Map<String, Resource> offered = new HashMap<>();
          for (int i = random.nextInt(3); i >= 0; i--) {
            String name = any(random, asked);
            offered.put(name, Bodies.route(name, "v" + random.nextInt(3), "x"));
          }
          holdings = holdings.accepting(offered);
          offered.forEach((name, resource) -> model.put(name, resource.version()));
        }
        case 2 -> { // it is told that something is gone
          String name = any(random, asked);
          holdings = holdings.with(Map.of(name, Held.NOTHING));
          model.remove(name);
        }
        default -> { // it asks for other names: those that are new to it, it does not have
          Set<String> before = asked;
          asked = new TreeSet<>(NAMES);
          asked.removeIf(name -> random.nextInt(3) == 0);
          asked.add("a");
          Set<String> fresh = new TreeSet<>(asked);
          fresh.removeAll(before);
          holdings = holdings.forgetting(fresh).covered(asked::contains);
          model.keySet().retainAll(asked);
        }
      }
      for (String name : asked) {
        assertThat(holdings.get(name).version())
            .as("seed %s step %s name %s", seed, step, name)
            .isEqualTo(model.get(name));
      }
      Set<String> covered = asked;
      assertThat(holdings.any(covered::contains)).isEqualTo(!model.isEmpty());
      assertThat(versions(holdings.spelledOut(covered::contains))).isEqualTo(model);
    }
  }

  private static boolean upToDate(
      Map<String, String> model, TypeResources target, Set<String> asked) {
    Map<String, String> wanted = new HashMap<>();
    target
        .byName()
        .forEach((name, resource) -> {
          if (asked.contains(name)) {
            wanted.put(name, resource.version());
          }
        });
    return wanted.equals(model);
  }

  private static Map<String, String> versions(Holdings spelledOut) {
    Map<String, String> versions = new TreeMap<>();
    spelledOut
        .others()
        .forEach((name, held) -> {
          if (held.version() != null) {
            versions.put(name, held.version());
          }
        });
    return versions;
  }

  private static String any(Random random, Set<String> names) {
    return List.copyOf(names).get(random.nextInt(names.size()));
  }

  private static TypeResources resources(Random random) {
    List<Resource> some = new ArrayList<>();
    for (String name : NAMES) {
      if (random.nextBoolean()) {
        some.add(Bodies.route(name, "v" + random.nextInt(3), "x"));
      }
    }
    return Snapshot.of(some).ofType(TypeUrls.ROUTES);
  }
}

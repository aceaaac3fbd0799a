package dev.serin.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.MapDifference;
import com.google.common.collect.Maps;
import com.google.protobuf.ByteString;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sets of resources and the layers above them. */
class TypeResourcesTest {
  private static Resource resource(String name, int mark) {
    return Resource.of(TypeUrls.CLUSTER, name, ByteString.copyFromUtf8(name + mark));
  }

  /** Holds layers against plain maps that say the same. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 20261125})
  void layersSayWhatMapsWouldSay(long seed) {
    Random random = new Random(seed);
    System.out.println("seed " + seed);
    Map<String, Resource> model = new TreeMap<>();
    TypeResources resources = TypeResources.NONE;
    for (int step = 0; step < 200; step++) {
      List<Resource> more = new ArrayList<>();
      for (int i = random.nextInt(4); i >= 0; i--) {
        more.add(resource("n" + random.nextInt(12), random.nextInt(3)));
      }
      if (random.nextInt(10) == 0) {
        model.clear();
        resources = TypeResources.of(more);
      } else {
        resources = resources.with(more);
      }
      more.forEach(one -> model.put(one.name(), one));
      Map<String, Resource> seen = new TreeMap<>();
      resources.forEach(one -> assertThat(seen.put(one.name(), one)).isNull());
      assertThat(seen).as("seed %s step %s", seed, step).isEqualTo(model);
      assertThat(resources.byName()).isEqualTo(model);
      assertThat(resources.size()).isEqualTo(model.size());
      assertThat(resources.root().root()).isSameAs(resources.root());
      for (int n = 0; n < 12; n++) {
        assertThat(resources.get("n" + n)).isEqualTo(model.get("n" + n));
      }
    }
  }

  /** Sets and layers in a row, each compared to earlier ones as maps would be. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 20261125})
  void changeIsWhatMapsDifferIn(long seed) {
    Random random = new Random(seed);
    System.out.println("seed " + seed);
    List<TypeResources> earlier = new ArrayList<>(List.of(TypeResources.NONE));
    int single = 0;
    for (int step = 0; step < 300; step++) {
      TypeResources below =
          random.nextInt(4) == 0 ? some(random) : earlier.get(random.nextInt(earlier.size()));
      TypeResources next =
          random.nextBoolean()
              ? below.with(List.of(resource("n" + random.nextInt(4), random.nextInt(3))))
              : changedInOne(below.root(), random);
      for (TypeResources from : earlier) {
        Change change = next.since(from);
        MapDifference<String, Resource> wanted = Maps.difference(from.byName(), next.byName());
        Set<String> names = new TreeSet<>(wanted.entriesDiffering().keySet());
        boolean one = names.size() == 1 && wanted.entriesOnlyOnLeft().isEmpty();
        one &= wanted.entriesOnlyOnRight().isEmpty();
        names.addAll(wanted.entriesOnlyOnLeft().keySet());
        names.addAll(wanted.entriesOnlyOnRight().keySet());
        assertThat(change.names()).as("seed %s step %s", seed, step).isEqualTo(names);
        Map<String, Resource> now = Maps.filterKeys(next.byName(), names::contains);
        assertThat(change.one()).as("seed %s step %s", seed, step).isEqualTo(one ? now : null);
        single += one ? 1 : 0;
      }
      if (earlier.size() > 6) {
        earlier.remove(random.nextInt(earlier.size()));
      }
      earlier.add(next);
    }
    assertThat(single).as("pairs that differ in one content").isPositive();
  }

  private static TypeResources some(Random random) {
    List<Resource> some = new ArrayList<>();
    for (int n = 0; n < 8; n++) {
      if (random.nextBoolean()) {
        some.add(resource("n" + n, random.nextInt(3)));
      }
    }
    return TypeResources.of(some);
  }

  private static TypeResources changedInOne(TypeResources set, Random random) {
    List<Resource> all = new ArrayList<>(set.byName().values());
    if (!all.isEmpty()) {
      int at = random.nextInt(all.size());
      all.set(at, resource(all.get(at).name(), random.nextInt(9)));
    }
    return TypeResources.of(all);
  }

  /** Between sets of a fleet's proxies it is one object, whatever stands above them. */
  @Test
  void changeIsWorkedOutOnceForAllWhoseOwnIsTheSame() {
    TypeResources before = TypeResources.of(List.of(resource("a", 1), resource("b", 1)));
    TypeResources after = TypeResources.of(List.of(resource("a", 2), resource("b", 1)));
    Change change = after.since(before);
    assertThat(change.one()).containsOnly(Map.entry("a", resource("a", 2)));
    assertThat(after.since(before)).isSameAs(change);
    List<Resource> own = List.of(resource("own", 1));
    assertThat(after.with(own).since(before.with(own))).isSameAs(change);
    assertThat(after.since(after).names()).isEmpty();
  }

  @Test
  void changeKeepsNothingOfTheEarlierSet() {
    TypeResources last = TypeResources.of(List.of(resource("a", 2)));
    List<WeakReference<?>> left = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Resource body = resource("a", 10 + i);
      TypeResources earlier = TypeResources.of(List.of(body));
      assertThat(last.since(earlier).one()).isNotNull();
      left.add(new WeakReference<>(earlier));
      left.add(new WeakReference<>(body));
    }
    for (int i = 0; i < 20 && left.stream().anyMatch(one -> !one.refersTo(null)); i++) {
      System.gc();
    }
    assertThat(left).allMatch(one -> one.refersTo(null));
    assertThat(last.since(TypeResources.NONE).names())
        .as("of the set that is still there")
        .containsOnly("a");
  }

  @Test
  void equalLayersAreOneObjectAndHaveOneVersionEverywhere() {
    TypeResources here = TypeResources.of(List.of(resource("a", 1), resource("b", 1)));
    TypeResources there = TypeResources.of(List.of(resource("b", 1), resource("a", 1)));
    TypeResources layer = here.with(List.of(resource("own", 1)));
    assertThat(here.with(List.of(resource("own", 1)))).isSameAs(layer);
    assertThat(there.with(List.of(resource("own", 1))).version()).isEqualTo(layer.version());
    assertThat(here.with(List.of(resource("own", 2))).version()).isNotEqualTo(layer.version());
    assertThat(here.with(List.of()).version()).isEqualTo(here.version());
  }

  @Test
  void whatIsThereAlreadyMakesNoLayer() {
    TypeResources some = TypeResources.of(List.of(resource("a", 1), resource("b", 1)));
    assertThat(some.with(List.of(resource("a", 1)))).isSameAs(some);
    assertThat(some.with(List.of(resource("a", 2))).with(List.of(resource("a", 1)))).isSameAs(some);
  }

  @Test
  void aliasesAreFoundInBothLayersAndBelongToTheVersion() {
    Resource plain = resource("a", 1);
    Resource named = plain.withAliases(List.of("x", "y"));
    assertThat(named.version()).isNotEqualTo(plain.version());
    TypeResources below = TypeResources.of(List.of(named));
    TypeResources layer = below.with(List.of(resource("b", 1).withAliases(List.of("z"))));
    assertThat(layer.byAlias("x")).isEqualTo(named);
    assertThat(layer.byAlias("z")).isEqualTo(layer.get("b"));
    assertThat(layer.byAlias("a")).isNull();
    assertThat(layer.aliased()).isTrue();
    assertThat(TypeResources.of(List.of(plain)).aliased()).isFalse();
  }
}

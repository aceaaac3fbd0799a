package dev.serin.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
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

package dev.serin.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one proxy has of its own above what all share. */
final class LayerTest {
  private static final Resource OWN = resource(TypeUrls.CLUSTER, "own", "1");

  private static Resource resource(String type, String name, String content) {
    return Resource.of(type, name, ByteString.copyFromUtf8(content));
  }

  private static Snapshot shared(String route) {
    return Snapshot.of(
        List.of(
            resource(TypeUrls.CLUSTER, "a", "1"),
            resource(TypeUrls.LISTENER, "l", "1"),
            resource(TypeUrls.ROUTES, "r", route)));
  }

  @Test
  void addsToWhatAllShareAndStandsInForTheSameName() {
    Layer layer = new Layer(List.of(OWN, resource(TypeUrls.ROUTES, "r", "mine")));
    Snapshot whole = layer.over(shared("1"));
    assertThat(whole.resources(TypeUrls.CLUSTER).keySet()).containsExactly("a", "own");
    assertThat(whole.resource(TypeUrls.ROUTES, "r").orElseThrow().value().toStringUtf8())
        .isEqualTo("mine");
    assertThat(whole.resources(TypeUrls.LISTENER).keySet()).containsExactly("l");
  }

  @Test
  void whatDoesNotChangeBelowIsTheSameObjectAbove() {
    Layer layer = new Layer(List.of(OWN));
    Snapshot first = shared("1");
    Snapshot second = new Layer(List.of(resource(TypeUrls.ROUTES, "r", "2"))).over(first);
    Snapshot before = layer.over(first);
    Snapshot after = layer.over(second);
    assertThat(layer.over(second)).isSameAs(after);
    assertThat(after.ofType(TypeUrls.CLUSTER)).isSameAs(before.ofType(TypeUrls.CLUSTER));
    assertThat(after.ofType(TypeUrls.LISTENER)).isSameAs(first.ofType(TypeUrls.LISTENER));
    assertThat(after.ofType(TypeUrls.ROUTES)).isSameAs(second.ofType(TypeUrls.ROUTES));
    assertThat(after.ofType(TypeUrls.ROUTES)).isNotSameAs(before.ofType(TypeUrls.ROUTES));
  }

  @Test
  void aTypeThatNobodyElseHasIsServedAsWell() {
    Layer layer = new Layer(List.of(OWN));
    Snapshot nothing = Snapshot.EMPTY;
    assertThat(layer.over(nothing).resources(TypeUrls.CLUSTER).keySet()).containsExactly("own");
    Snapshot routes = Snapshot.of(List.of(resource(TypeUrls.ROUTES, "r", "1")));
    assertThat(layer.over(routes).typeUrls()).containsExactly(TypeUrls.CLUSTER, TypeUrls.ROUTES);
    assertThat(layer.over(nothing).ofType(TypeUrls.CLUSTER))
        .isSameAs(layer.over(Snapshot.of(List.of())).ofType(TypeUrls.CLUSTER));
  }
}

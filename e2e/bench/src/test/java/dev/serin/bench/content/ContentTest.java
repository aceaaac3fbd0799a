package dev.serin.bench.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.primitives.Bytes;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ContentTest {
  private static final int WEIGHT = 20_001;

  @Test
  void sizesAreThoseThatTheFiguresAreFor() {
    assertThat(Content.of(Shape.SMALL).changing().getSerializedSize()).isBetween(3_200, 3_600);
    assertThat(Content.of(Shape.LARGE).changing().getSerializedSize()).isBetween(320_000, 340_000);
    Content split = Content.of(Shape.SPLIT);
    assertThat(split.routes()).hasSize(100);
    assertThat(split.changing().getSerializedSize()).isBetween(3_200, 3_600);
    assertThat(split.clusters()).hasSize(1_000);
    assertThat(split.clusters().get(0).getSerializedSize()).isBetween(95, 110);
  }

  @Test
  void aServerReadsFromTheFileWhatTheDriverWrote(@TempDir Path folder) throws IOException {
    for (Shape shape : Shape.values()) {
      Path file = folder.resolve(shape.word());
      Content.of(shape).write(file);
      assertThat(Content.read(file)).isEqualTo(Content.of(shape));
    }
  }

  @Test
  void aPushChangesTheWeightOfOneRouteAndNothingElse() {
    Content content = Content.of(Shape.SPLIT);
    List<RouteConfiguration> before = content.routes(0);
    List<RouteConfiguration> after = content.routes(WEIGHT);
    assertThat(before).isEqualTo(content.routes());
    assertThat(after).hasSameSizeAs(before);
    List<RouteConfiguration> changed = after.stream().filter(one -> !before.contains(one)).toList();
    assertThat(changed).containsExactly(content.changing(WEIGHT));
    assertThat(weights(content.changing(WEIGHT))).containsExactly(WEIGHT, 1_000_000 - WEIGHT);
  }

  @Test
  void theMarkerStandsInTheFirstKilobyteOfTheChangedRoutesAndNowhereElse() {
    for (Shape shape : Shape.values()) {
      Content content = Content.of(shape);
      Marker marker = content.marker(WEIGHT);
      byte[] changed = content.changing(WEIGHT).toByteArray();
      int at = Bytes.indexOf(changed, marker.weight());
      assertThat(at).as(shape.word()).isBetween(0, 800);
      byte[] rest = Arrays.copyOfRange(changed, at + 1, changed.length);
      assertThat(Bytes.indexOf(rest, marker.weight())).isEqualTo(-1);
      assertThat(Bytes.indexOf(content.changing(WEIGHT + 1).toByteArray(), marker.weight()))
          .isEqualTo(-1);
      content
          .routes()
          .forEach(routes ->
              assertThat(Bytes.indexOf(routes.toByteArray(), marker.weight())).isEqualTo(-1));
    }
  }

  @Test
  void anUnknownShapeNamesThoseThatThereAre() {
    assertThatThrownBy(() -> Shape.of("huge"))
        .hasMessage("shape: \"huge\" (expected: small, large, split)");
  }

  private static List<Integer> weights(RouteConfiguration routes) {
    return routes
        .getVirtualHosts(0)
        .getRoutes(0)
        .getRoute()
        .getWeightedClusters()
        .getClustersList()
        .stream()
        .map(cluster -> cluster.getWeight().getValue())
        .toList();
  }
}

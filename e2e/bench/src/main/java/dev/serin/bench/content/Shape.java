package dev.serin.bench.content;

import java.util.Arrays;
import java.util.stream.Collectors;

/** How much is served, and how it is cut into resources. */
public enum Shape {
  /** Ten clusters, one RouteConfiguration of 3.4 kB. */
  SMALL(10, 1),
  /** A thousand clusters, one RouteConfiguration of 330 kB. */
  LARGE(1000, 1),
  /** A thousand clusters, their routes in a hundred RouteConfigurations of 3.4 kB. */
  SPLIT(1000, 100);

  private final int clusters;
  private final int routeConfigs;

  Shape(int clusters, int routeConfigs) {
    this.clusters = clusters;
    this.routeConfigs = routeConfigs;
  }

  /** As many virtual hosts, each with one route. */
  public int clusters() {
    return clusters;
  }

  public int routeConfigs() {
    return routeConfigs;
  }

  /** As it is written on the command line. */
  public String word() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  public static Shape of(String word) {
    return Arrays.stream(values())
        .filter(shape -> shape.word().equals(word))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "shape: \""
                    + word
                    + "\" (expected: "
                    + Arrays.stream(values()).map(Shape::word).collect(Collectors.joining(", "))
                    + ")"));
  }
}

package dev.serin.bench;

import dev.serin.bench.content.Shape;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What can be measured, each with the number of streams that its figures are for. */
enum Scenario {
  SMALL(Shape.SMALL, 5_000, 1, 60, "ten clusters, one connection each"),
  MUX(Shape.SMALL, 5_000, 100, 60, "ten clusters, a hundred streams a connection"),
  LARGE(Shape.LARGE, 1_000, 1, 20, "one RouteConfiguration of 330 kB"),
  SPLIT(Shape.SPLIT, 500, 1, 60, "one weight among 1,000 routes in 100 RouteConfigurations"),
  OWN(Shape.SMALL, 1_000, 1, 60, "ten clusters that all proxies have"),
  NACK(Shape.SMALL, 200, 1, 60, "one stream of all refuses every RouteConfiguration"),
  STALLED(Shape.LARGE, 200, 1, 20, "every fourth connection reads nothing"),
  IDLE(Shape.SMALL, 10_000, 1, 10, "many streams: memory, 20 steps, CPU at rest"),
  RESET(Shape.SMALL, 20_000, 1, 1, "streams opened and reset on one connection"),
  OVERLAY(Shape.SMALL, 10_000, 1, 30, "one weight among so many virtual hosts; no server");

  private final Shape shape;
  private final int streams;
  private final int perConnection;
  private final int warmUp;
  private final String title;

  Scenario(Shape shape, int streams, int perConnection, int warmUp, String title) {
    this.shape = shape;
    this.streams = streams;
    this.perConnection = perConnection;
    this.warmUp = warmUp;
    this.title = title;
  }

  Shape shape() {
    return shape;
  }

  int streams() {
    return streams;
  }

  int perConnection() {
    return perConnection;
  }

  /** Pushes before those that are measured: a JVM compiles meanwhile. */
  int warmUp() {
    return warmUp;
  }

  String title() {
    return title;
  }

  /** The most that a JVM may take, unless it is said otherwise. */
  String heap() {
    return this == IDLE ? "320m" : "4g";
  }

  /** Whether it is measured, too, with a cluster more for every proxy that only this one has. */
  boolean own() {
    return this == OWN;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static String words() {
    return Arrays.stream(values()).map(Scenario::word).collect(Collectors.joining(" "));
  }

  static Scenario of(String word) {
    return Arrays.stream(values())
        .filter(scenario -> scenario.word().equals(word))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "scenario: \"" + word + "\" (expected: of " + words() + ")"));
  }
}

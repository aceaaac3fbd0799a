package dev.serin.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The servers that are compared, each a process of its own. */
enum ServerKind {
  SERIN("Serin"),
  JCP("java-control-plane"),
  TUNED("java-control-plane, tuned"),
  GOSNAP("go-control-plane, snapshot cache"),
  LINEAR("go-control-plane, linear cache"),
  FLOOR("the floor");

  private final String title;

  ServerKind(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it is one of the programs of peers-go. */
  boolean isGo() {
    return switch (this) {
      case GOSNAP, LINEAR -> true;
      case SERIN, JCP, TUNED, FLOOR -> false;
    };
  }

  /** Whether it can serve a proxy what others do not have. */
  boolean knowsProxies() {
    return this != FLOOR;
  }

  static ServerKind of(String word) {
    return Arrays.stream(values())
        .filter(kind -> kind.word().equals(word))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "server: \""
                    + word
                    + "\" (expected: "
                    + Arrays.stream(values())
                        .map(ServerKind::word)
                        .collect(Collectors.joining(", "))
                    + ")"));
  }
}

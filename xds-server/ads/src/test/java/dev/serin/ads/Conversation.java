package dev.serin.ads;

import org.junit.jupiter.api.AfterEach;

/** What tests of a client's conversation share: one service, and clients of either variant. */
abstract class Conversation {
  final Harness harness = new Harness();

  @AfterEach
  void close() {
    harness.close();
  }

  TestClient connect(boolean incremental) {
    return new TestClient(harness, incremental, "n1");
  }
}

package dev.serin.e2e.envoy;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** A started Envoy, whatever runs it. */
sealed interface RunningEnvoy permits LocalEnvoy, DockerEnvoy {

  /** What Envoy wrote about its admin listener, {@code HOST:PORT}; nothing until it has. */
  Optional<String> adminAddress() throws IOException;

  boolean isAlive();

  /** Asks it to end, and kills it after the grace. Returns when it has ended. */
  void stop(Duration grace) throws IOException, InterruptedException;

  /** Ends it at once, suspended or not. Returns when it has ended. */
  void kill() throws InterruptedException;

  void suspend() throws IOException, InterruptedException;

  void resume() throws IOException, InterruptedException;
}

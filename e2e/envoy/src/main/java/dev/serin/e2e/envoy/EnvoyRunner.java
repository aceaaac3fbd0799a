package dev.serin.e2e.envoy;

import java.nio.file.Path;

/** The two ways to run an Envoy on this machine. */
public sealed interface EnvoyRunner {

  /** An executable. */
  record Local(Path binary) implements EnvoyRunner {

    @Override
    public String toString() {
      return binary.toString();
    }
  }

  /** A container image, run through Testcontainers on the host's network. */
  record Docker(String image) implements EnvoyRunner {

    @Override
    public String toString() {
      return "container image " + image;
    }
  }
}

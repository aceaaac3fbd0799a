package dev.serin.server.config;

import java.nio.file.Path;

/** Where a secret is to be found. The secret itself is never part of the configuration. */
public sealed interface SecretRef {
  /** In a file. */
  record InFile(Path path) implements SecretRef {}

  /** In an environment variable. */
  record InEnvironment(String variable) implements SecretRef {}
}

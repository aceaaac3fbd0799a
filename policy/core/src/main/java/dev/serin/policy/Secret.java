package dev.serin.policy;

/** Where a secret is found on the server; the secret itself is never part of a resource. */
public sealed interface Secret {
  /** An environment variable. */
  record Env(String name) implements Secret {}

  /** A file. */
  record File(String path) implements Secret {}
}

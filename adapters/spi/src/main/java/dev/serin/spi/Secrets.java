package dev.serin.spi;

import dev.serin.policy.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Reads secrets from where resources say that they are, anew each time. */
public final class Secrets {

  private final Map<String, String> environment;

  public Secrets(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * The secret, without white space around it.
   *
   * @throws IOException when there is none; the message tells where it was looked for
   */
  public String read(Secret secret) throws IOException {
    return switch (secret) {
      case Secret.Env(String name) -> {
        String value = environment.getOrDefault(name, "").strip();
        if (value.isEmpty()) {
          throw new IOException("the variable " + name + " is not set (expected: a secret)");
        }
        yield value;
      }
      case Secret.File(String path) -> {
        String value = Files.readString(Path.of(path)).strip();
        if (value.isEmpty()) {
          throw new IOException("the file " + path + " is empty (expected: a secret)");
        }
        yield value;
      }
    };
  }
}

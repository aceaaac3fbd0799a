package dev.serin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The server that commands talk to when no option says otherwise: the {@code current} one of {@code
 * contexts} in {@code serin/config.yaml} under the user's configuration folder.
 */
record Context(
    @Nullable String server,
    @Nullable String token,
    @Nullable Path tlsCa,
    @Nullable Path tlsCert,
    @Nullable Path tlsKey) {

  private static final Context NONE = new Context(null, null, null, null, null);

  static Context current(Map<String, String> environment) {
    Path file = file(environment);
    if (!Files.isRegularFile(file)) {
      return NONE;
    }
    try {
      JsonNode root = new YAMLMapper().readTree(file.toFile());
      String name = environment.getOrDefault("SERIN_CONTEXT", root.path("current").asText(""));
      JsonNode context = root.path("contexts").path(name);
      if (context.isMissingNode()) {
        throw new CommandFailure(
            Exit.USAGE, file + ": current: " + name + " (expected: a name under contexts)");
      }
      return new Context(
          text(context, "server"),
          text(context, "token"),
          path(context, "tlsCa"),
          path(context, "tlsCert"),
          path(context, "tlsKey"));
    } catch (IOException unreadable) {
      throw new CommandFailure(Exit.USAGE, file + ": " + unreadable.getMessage());
    }
  }

  private static Path file(Map<String, String> environment) {
    String home = environment.getOrDefault("HOME", System.getProperty("user.home", "."));
    String folder = environment.getOrDefault("XDG_CONFIG_HOME", home + "/.config");
    return Path.of(folder, "serin", "config.yaml");
  }

  private static @Nullable String text(JsonNode context, String key) {
    return context.hasNonNull(key) ? context.get(key).asText() : null;
  }

  private static @Nullable Path path(JsonNode context, String key) {
    String text = text(context, key);
    return text == null ? null : Path.of(text);
  }
}

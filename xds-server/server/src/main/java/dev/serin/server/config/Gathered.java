package dev.serin.server.config;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the sources said, gathered in rising precedence, with the problems met on the way. Used by
 * one thread during one load.
 */
final class Gathered {

  /** A setting's text and the place that it comes from. */
  record Given(String text, String where) {}

  private final Map<String, Given> given = new HashMap<>();
  private final List<ConfigProblem> problems = new ArrayList<>();

  /** The last to give wins; a text that cannot be read is a problem even when it loses. */
  void give(Setting<?> setting, String text, String where) {
    if (setting.kind().shape() == Kind.Shape.NOT_YET) {
      problem(where, setting.key(), "not supported yet");
    } else if (setting.kind().reader().apply(text).isEmpty()) {
      boolean shown = setting.kind().shape() != Kind.Shape.SECRET;
      problem(
          where,
          setting.key(),
          (shown ? "'" + text + "'" : "unreadable")
              + " (expected: "
              + setting.kind().expected()
              + ")");
    } else {
      given.put(setting.key(), new Given(text, where));
    }
  }

  void problem(String where, String key, String message) {
    problems.add(new ConfigProblem(where, key, message, ""));
  }

  /** An unknown key. What it was set to is not repeated: it may be a secret under a wrong name. */
  void unknown(String where, String key, String word, Stream<String> known) {
    Optional<String> meant = NearMiss.of(word, known);
    problems.add(
        new ConfigProblem(
            where, key, "unknown", meant.map(name -> "did you mean " + name + "?").orElse("")));
  }

  Optional<Given> of(Setting<?> setting) {
    return Optional.ofNullable(given.get(setting.key()));
  }

  ImmutableList<ConfigProblem> problems() {
    return ImmutableList.copyOf(problems);
  }
}

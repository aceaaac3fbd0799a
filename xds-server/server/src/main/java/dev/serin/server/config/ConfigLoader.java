package dev.serin.server.config;

import com.google.common.collect.ImmutableList;
import dev.serin.server.config.Gathered.Given;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Reads the configuration: a flag wins over a variable, a variable over the file, the file over the
 * default.
 */
public final class ConfigLoader {

  /** A variable that begins like one of ours and is none is a mistake, not somebody else's. */
  private static final ImmutableList<String> OUR_VARIABLES =
      ImmutableList.of("XDS_", "API_", "METRICS_", "STORE_", "MESH_");

  private ConfigLoader() {}

  /**
   * Where a setting's value comes from.
   *
   * @param text the value's text; empty: not set
   * @param where the file with its line, the variable, the flag, or {@code default}
   */
  public record Origin(String key, String text, String where) {}

  /**
   * What a load came to.
   *
   * @param config the configuration; empty when there is a problem
   * @param problems everything that is wrong, in the order of the sources
   * @param origins every setting, in the order of the table
   */
  public record Result(
      Optional<ServerConfig> config,
      ImmutableList<ConfigProblem> problems,
      ImmutableList<Origin> origins) {

    /** The configuration as YAML, each line with where its value comes from. */
    public String print() {
      return ConfigPrint.of(origins);
    }
  }

  /** Reads what applies: a file when one is given, the environment, and flags. */
  public static Result load(
      Optional<Path> file, Map<String, String> environment, List<String> flags) {
    Gathered gathered = new Gathered();
    file.ifPresent(path -> new FileSource(gathered, path).read());
    readVariables(gathered, environment);
    readFlags(gathered, flags);
    Draft draft = new Draft(gathered, environment);
    Optional<ServerConfig> config = draft.build();
    return new Result(config, gathered.problems(), draft.origins());
  }

  private static void readVariables(Gathered gathered, Map<String, String> environment) {
    for (Map.Entry<String, String> variable : new TreeMap<>(environment).entrySet()) {
      String name = variable.getKey();
      if (!name.startsWith(Settings.VARIABLE_PREFIX) || variable.getValue().isEmpty()) {
        continue;
      }
      Optional<Setting<?>> setting =
          Settings.ALL.stream()
              .filter(s -> name.equals(s.variable()) || isBelow(s, name, s.variable() + "_"))
              .findFirst();
      String rest = name.substring(Settings.VARIABLE_PREFIX.length());
      if (setting.isPresent()) {
        gathered.give(setting.get(), variable.getValue().strip(), name);
      } else if (OUR_VARIABLES.stream().anyMatch(rest::startsWith)) {
        gathered.unknown(name, "", name, Settings.ALL.stream().map(Setting::variable));
      }
    }
  }

  private static void readFlags(Gathered gathered, List<String> flags) {
    for (int i = 0; i < flags.size(); i++) {
      String flag = flags.get(i);
      int equals = flag.indexOf('=');
      String name = equals < 0 ? flag : flag.substring(0, equals);
      Optional<Setting<?>> setting =
          Settings.ALL.stream()
              .filter(s -> name.equals(s.flag()) || isBelow(s, name, s.flag() + "."))
              .findFirst();
      boolean valueFollows =
          equals < 0 && i + 1 < flags.size() && !flags.get(i + 1).startsWith("--");
      if (setting.isEmpty()) {
        gathered.unknown(name, "", name, Settings.ALL.stream().map(Setting::flag));
        i += valueFollows && name.startsWith("--") ? 1 : 0;
      } else if (equals >= 0) {
        gathered.give(setting.get(), flag.substring(equals + 1).strip(), name);
      } else if (setting.get().kind().equals(Kind.FLAG)) {
        gathered.give(setting.get(), "true", name);
      } else if (valueFollows) {
        i++;
        gathered.give(setting.get(), flags.get(i).strip(), name);
      } else {
        gathered.problem(name, "", "no value (expected: " + setting.get().kind().expected() + ")");
      }
    }
  }

  /** A setting that is refused as a whole is refused by any name below it, too. */
  private static boolean isBelow(Setting<?> setting, String name, String prefix) {
    return setting.kind().shape() == Kind.Shape.NOT_YET && name.startsWith(prefix);
  }

  static Stream<Origin> origins(Gathered gathered, Map<String, String> environment) {
    return Settings.ALL.stream()
        .map(setting -> {
          Given given =
              gathered
                  .of(setting)
                  .orElseGet(() -> new Given(setting.fallback().apply(environment), "default"));
          return new Origin(setting.key(), given.text(), given.where());
        });
  }
}

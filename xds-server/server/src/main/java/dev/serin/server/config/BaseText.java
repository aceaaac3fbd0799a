package dev.serin.server.config;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.serin.server.config.ServerConfig.BaseSource;
import dev.serin.server.config.ServerConfig.UpstreamProtocol;
import dev.serin.server.config.ServerConfig.UpstreamTls;
import dev.serin.server.config.YamlNode.Mapping;
import dev.serin.server.config.YamlNode.Scalar;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The bases of the mesh as text, so that a key, a flag and a variable say the same: {@code
 * services, files DIR, upstream HOST:PORT protocol=delta forward.authorization=true}.
 */
final class BaseText {
  static final String EXPECTED =
      "a list of services, files DIR, and upstream HOST:PORT with any of protocol=auto|delta|sotw,"
          + " forward.authorization=true, tls.ca=system|PATH, tls.cert=PATH, tls.key=PATH,"
          + " tls.serverName=NAME; services and upstream at most once";

  private static final Splitter COMMAS = Splitter.on(',').trimResults().omitEmptyStrings();
  private static final Splitter WORDS = Splitter.onPattern("\\s+").omitEmptyStrings();
  private static final String SYSTEM = "system";

  /**
   * The settings of each kind of base in YAML; the first is what stands behind its name in text.
   */
  private static final ImmutableMap<String, ImmutableList<String>> SETTINGS =
      ImmutableMap.of(
          "services", ImmutableList.of(),
          "files", ImmutableList.of("dir"),
          "upstream",
              ImmutableList.of(
                  "address",
                  "protocol",
                  "forward.authorization",
                  "tls.ca",
                  "tls.cert",
                  "tls.key",
                  "tls.serverName"));

  /** Hears what is wrong with an item of a YAML list. */
  interface Problems {
    void add(int line, String key, String message);
  }

  private BaseText() {}

  static Optional<ImmutableList<BaseSource>> read(String text) {
    ImmutableList.Builder<BaseSource> bases = ImmutableList.builder();
    for (String item : COMMAS.split(text)) {
      Optional<BaseSource> base = item(item);
      if (base.isEmpty()) {
        return Optional.empty();
      }
      bases.add(base.get());
    }
    ImmutableList<BaseSource> all = bases.build();
    boolean once =
        count(all, BaseSource.Services.class) <= 1 && count(all, BaseSource.Upstream.class) <= 1;
    return once && !all.isEmpty() ? Optional.of(all) : Optional.empty();
  }

  private static long count(List<BaseSource> bases, Class<?> kind) {
    return bases.stream().filter(kind::isInstance).count();
  }

  private static Optional<BaseSource> item(String item) {
    int space = item.indexOf(' ');
    String name = space < 0 ? item : item.substring(0, space);
    String rest = space < 0 ? "" : item.substring(space + 1).strip();
    return switch (name) {
      case "services" -> rest.isEmpty() ? Optional.of(new BaseSource.Services()) : Optional.empty();
      case "files" -> path(rest).map(BaseSource.Files::new);
      case "upstream" -> upstream(rest);
      default -> Optional.empty();
    };
  }

  private static Optional<BaseSource> upstream(String text) {
    List<String> words = WORDS.splitToList(text);
    Map<String, String> settings = new LinkedHashMap<>();
    for (String word : words.subList(Math.min(1, words.size()), words.size())) {
      int equals = word.indexOf('=');
      String key = equals < 0 ? word : word.substring(0, equals);
      boolean known = known("upstream").contains(key) && !key.equals("address");
      if (equals < 0 || !known || settings.put(key, word.substring(equals + 1)) != null) {
        return Optional.empty();
      }
    }
    Optional<Endpoint> address =
        words.isEmpty() ? Optional.empty() : Endpoint.parse(words.getFirst());
    Optional<UpstreamProtocol> protocol =
        switch (settings.getOrDefault("protocol", "auto")) {
          case "auto" -> Optional.of(UpstreamProtocol.AUTO);
          case "delta" -> Optional.of(UpstreamProtocol.DELTA);
          case "sotw" -> Optional.of(UpstreamProtocol.SOTW);
          default -> Optional.empty();
        };
    String forward = settings.getOrDefault("forward.authorization", "false");
    boolean whole = settings.containsKey("tls.cert") == settings.containsKey("tls.key");
    if (address.filter(a -> a.port() > 0).isEmpty()
        || protocol.isEmpty()
        || !whole
        || !(forward.equals("true") || forward.equals("false"))) {
      return Optional.empty();
    }
    return Optional.of(
        new BaseSource.Upstream(
            address.get(), tls(settings), forward.equals("true"), protocol.get()));
  }

  private static Optional<UpstreamTls> tls(Map<String, String> settings) {
    return settings.keySet().stream().noneMatch(key -> key.startsWith("tls."))
        ? Optional.empty()
        : Optional.of(
            new UpstreamTls(
                Optional.ofNullable(settings.get("tls.ca"))
                    .filter(ca -> !ca.equals(SYSTEM))
                    .map(Path::of),
                Optional.ofNullable(settings.get("tls.cert")).map(Path::of),
                Optional.ofNullable(settings.get("tls.key")).map(Path::of),
                Optional.ofNullable(settings.get("tls.serverName"))));
  }

  private static Optional<Path> path(String text) {
    try {
      return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static ImmutableList<String> known(String kind) {
    return SETTINGS.getOrDefault(kind, ImmutableList.of());
  }

  /** The text of an item of a YAML list that is a mapping; empty where its shape is another. */
  static Optional<String> of(YamlNode item, Problems problems) {
    if (!(item instanceof Mapping mapping) || mapping.entries().size() != 1) {
      return Optional.empty();
    }
    YamlNode.Entry entry = mapping.entries().getFirst();
    if (!SETTINGS.containsKey(entry.key())) {
      return Optional.of(entry.key());
    }
    Map<String, String> given = new LinkedHashMap<>();
    collect(entry.key(), "", entry.value(), given, problems);
    StringBuilder text = new StringBuilder(entry.key());
    ImmutableList<String> settings = known(entry.key());
    for (String setting : settings) {
      String value = given.get(setting);
      if (value != null) {
        boolean first = setting.equals(settings.getFirst());
        text.append(' ').append(first ? value : setting + "=" + value);
      } else if (setting.equals(settings.getFirst())) {
        problems.add(entry.line(), entry.key() + "." + setting, "missing (expected: a value)");
      }
    }
    return Optional.of(text.toString());
  }

  private static void collect(
      String kind, String prefix, YamlNode node, Map<String, String> given, Problems problems) {
    if (node.isEmpty()) {
      return;
    }
    if (!(node instanceof Mapping mapping)) {
      problems.add(node.line(), kind + prefix, "a value (expected: settings, or {})");
      return;
    }
    for (YamlNode.Entry entry : mapping.entries()) {
      String path = prefix + "." + entry.key();
      String setting = path.substring(1);
      if (known(kind).contains(setting) && entry.value() instanceof Scalar scalar) {
        given.put(setting, scalar.text());
      } else if (known(kind).stream().anyMatch(known -> known.startsWith(setting + "."))) {
        collect(kind, path, entry.value(), given, problems);
      } else {
        String expected = known(kind).isEmpty() ? "none" : String.join(", ", known(kind));
        problems.add(entry.line(), kind + path, "unknown (expected: " + expected + ")");
      }
    }
  }
}

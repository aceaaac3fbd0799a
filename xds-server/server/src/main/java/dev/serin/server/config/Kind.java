package dev.serin.server.config;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.serin.server.config.ServerConfig.BaseSource;
import dev.serin.server.config.ServerConfig.ClientStatus;
import dev.serin.server.config.ServerConfig.ClusterOf;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a setting's text becomes its value. Every setting has a text form, so that a key, a flag and
 * a variable say the same.
 *
 * @param shape which YAML nodes may stand for it
 * @param expected what a message says was expected
 */
record Kind<T>(Shape shape, String expected, Function<String, Optional<T>> reader) {

  /** The YAML forms of a setting. */
  enum Shape {
    SCALAR,
    /** A sequence of scalars, or one scalar with commas. */
    LIST,
    /** As {@link #LIST}; an item may be a mapping with one key, its name, to its settings. */
    BASES,
    /** A path, or {@code {env: NAME}}, or {@code {file: PATH}}. */
    SECRET,
    /** Known by name, and refused. */
    NOT_YET
  }

  static final String ENV_PREFIX = "env:";

  private static final Pattern QUANTITY = Pattern.compile("(\\d{1,9})\\s*([a-zA-Z]*)");
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Splitter COMMAS = Splitter.on(',').trimResults().omitEmptyStrings();
  private static final ImmutableMap<String, Long> BYTES =
      ImmutableMap.of("", 1L, "B", 1L, "KiB", 1L << 10, "MiB", 1L << 20);
  private static final ImmutableMap<String, Duration> TIMES =
      ImmutableMap.of(
          "ms", Duration.ofMillis(1),
          "s", Duration.ofSeconds(1),
          "m", Duration.ofMinutes(1),
          "h", Duration.ofHours(1));

  static final Kind<Endpoint> ENDPOINT =
      new Kind<>(Shape.SCALAR, "HOST:PORT, such as 127.0.0.1:18000", Endpoint::parse);
  static final Kind<Path> PATH = new Kind<>(Shape.SCALAR, "a path", Kind::path);
  static final Kind<Boolean> FLAG = new Kind<>(Shape.SCALAR, "true or false", Kind::flag);
  static final Kind<Integer> COUNT =
      new Kind<>(
          Shape.SCALAR, "a whole number from 1 to 1000000", text -> integer(text, 1_000_000));
  static final Kind<Integer> SIZE =
      new Kind<>(Shape.SCALAR, "1KiB to 512MiB, such as 4MiB", Kind::size);
  static final Kind<Duration> DURATION =
      new Kind<>(
          Shape.SCALAR, "1s to 720h with a unit: ms, s, m or h, such as 30s", Kind::duration);
  static final Kind<Duration> PAUSE =
      new Kind<>(Shape.SCALAR, "0s to 60s with a unit: ms, s or m, such as 2s", Kind::pause);
  static final Kind<SecretRef> SECRET =
      new Kind<>(Shape.SECRET, "a path, or env:NAME", Kind::secret);
  static final Kind<ImmutableList<ClusterOf>> CLUSTER_OF =
      new Kind<>(
          Shape.LIST,
          "a list of: metadata KEY, locality.region, locality.zone, and at its end a name of"
              + " [a-z0-9-]{1,63}",
          Kind::clusterOf);
  static final Kind<ImmutableList<BaseSource>> BASES =
      new Kind<>(Shape.BASES, BaseText.EXPECTED, BaseText::read);
  static final Kind<ImmutableList<NameTemplate>> NAME_TEMPLATES =
      new Kind<>(
          Shape.LIST,
          "a list of names with {id} or {cluster}, such as spiffe://mesh.example/proxy/{id}",
          Kind::nameTemplates);
  static final Kind<ClientStatus> CLIENT_STATUS =
      new Kind<>(Shape.SCALAR, "auto, own, all or off", Kind::clientStatus);
  static final Kind<String> NOT_YET =
      new Kind<>(Shape.NOT_YET, "nothing: not supported yet", text -> Optional.empty());

  private static Optional<Path> path(String text) {
    try {
      return Optional.of(Path.of(text));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static Optional<Boolean> flag(String text) {
    return switch (text) {
      case "true" -> Optional.of(true);
      case "false" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  private static Optional<Integer> integer(String text, int most) {
    if (!text.matches("\\d{1,9}")) {
      return Optional.empty();
    }
    int value = Integer.parseInt(text);
    return value >= 1 && value <= most ? Optional.of(value) : Optional.empty();
  }

  private static Optional<Integer> size(String text) {
    Matcher quantity = QUANTITY.matcher(text);
    if (!quantity.matches() || !BYTES.containsKey(quantity.group(2))) {
      return Optional.empty();
    }
    long bytes = Long.parseLong(quantity.group(1)) * BYTES.getOrDefault(quantity.group(2), 1L);
    return bytes >= 1 << 10 && bytes <= 512 << 20 ? Optional.of((int) bytes) : Optional.empty();
  }

  private static Optional<Duration> duration(String text) {
    return time(text)
        .filter(d -> d.compareTo(Duration.ofSeconds(1)) >= 0)
        .filter(d -> d.compareTo(Duration.ofHours(720)) <= 0);
  }

  private static Optional<Duration> pause(String text) {
    return time(text).filter(d -> d.compareTo(Duration.ofMinutes(1)) <= 0);
  }

  private static Optional<Duration> time(String text) {
    Matcher quantity = QUANTITY.matcher(text);
    if (!quantity.matches()) {
      return Optional.empty();
    }
    return Optional.ofNullable(TIMES.get(quantity.group(2)))
        .map(unit -> unit.multipliedBy(Long.parseLong(quantity.group(1))));
  }

  private static Optional<SecretRef> secret(String text) {
    if (text.startsWith(ENV_PREFIX)) {
      String variable = text.substring(ENV_PREFIX.length());
      return VARIABLE.matcher(variable).matches()
          ? Optional.of(new SecretRef.InEnvironment(variable))
          : Optional.empty();
    }
    return path(text).map(SecretRef.InFile::new);
  }

  private static Optional<ImmutableList<ClusterOf>> clusterOf(String text) {
    ImmutableList<String> words = ImmutableList.copyOf(COMMAS.split(text));
    ImmutableList.Builder<ClusterOf> places = ImmutableList.builder();
    for (int i = 0; i < words.size(); i++) {
      Optional<ClusterOf> place = clusterPlace(words.get(i));
      // A name answers for every node: what stands behind it would never be read.
      boolean ends = place.isPresent() && place.get() instanceof ClusterOf.Named;
      if (place.isEmpty() || ends != (i == words.size() - 1)) {
        return Optional.empty();
      }
      places.add(place.get());
    }
    return Optional.of(places.build()).filter(list -> !list.isEmpty());
  }

  private static Optional<ClusterOf> clusterPlace(String word) {
    if (word.equals("locality.region")) {
      return Optional.of(new ClusterOf.Region());
    }
    if (word.equals("locality.zone")) {
      return Optional.of(new ClusterOf.Zone());
    }
    if (word.matches("metadata\\s+[A-Za-z0-9_.\\-/]{1,128}")) {
      return Optional.of(new ClusterOf.Metadata(word.replaceFirst("metadata\\s+", "")));
    }
    return word.matches("[a-z0-9-]{1,63}")
        ? Optional.of(new ClusterOf.Named(word))
        : Optional.empty();
  }

  private static Optional<ImmutableList<NameTemplate>> nameTemplates(String text) {
    ImmutableList<String> words = ImmutableList.copyOf(COMMAS.split(text));
    ImmutableList<NameTemplate> templates =
        words.stream()
            .flatMap(word -> NameTemplate.parse(word).stream())
            .collect(ImmutableList.toImmutableList());
    return Optional.of(templates).filter(t -> !t.isEmpty() && t.size() == words.size());
  }

  private static Optional<ClientStatus> clientStatus(String text) {
    return Arrays.stream(ClientStatus.values())
        .filter(status -> status.name().toLowerCase(Locale.ROOT).equals(text))
        .findFirst();
  }
}

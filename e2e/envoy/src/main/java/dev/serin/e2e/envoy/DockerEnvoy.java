package dev.serin.e2e.envoy;

import com.github.dockerjava.api.DockerClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.startupcheck.IsRunningStartupCheckStrategy;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;

/**
 * An Envoy in a container, on the host's network so that it is reached and reaches like a local
 * one. Testcontainers removes what a dead JVM leaves.
 */
final class DockerEnvoy implements RunningEnvoy {

  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final String BOOTSTRAP = "/tmp/bootstrap.yaml";
  private static final String ADMIN = "/tmp/admin-address";

  private final GenericContainer<?> container;
  private final DockerClient docker;

  private DockerEnvoy(GenericContainer<?> container) {
    this.container = container;
    this.docker = container.getDockerClient();
  }

  /** Why no container can be run here; nothing when Docker answers. */
  static Optional<String> unavailable() {
    return DockerClientFactory.instance().isDockerAvailable()
        ? Optional.empty()
        : Optional.of("no Docker daemon answers");
  }

  static DockerEnvoy start(String image, EnvoyFiles files) throws IOException {
    GenericContainer<?> container =
        new GenericContainer<>(DockerImageName.parse(image))
            .withNetworkMode("host")
            // Root in its own namespaces: the image's user may not write where we read.
            .withEnv("ENVOY_UID", "0")
            .withCopyToContainer(Transferable.of(Files.readAllBytes(files.bootstrap())), BOOTSTRAP)
            .withCommand(EnvoyFiles.command("envoy", BOOTSTRAP, ADMIN).toArray(String[]::new))
            .withStartupCheckStrategy(
                new IsRunningStartupCheckStrategy().withTimeout(START_TIMEOUT))
            .withLogConsumer(frame -> append(files.log(), frame.getBytes()));
    try {
      container.start();
    } catch (RuntimeException e) {
      container.stop();
      throw new IOException("cannot start a container of " + image + ": " + e.getMessage(), e);
    }
    return new DockerEnvoy(container);
  }

  private static void append(Path log, byte[] bytes) {
    try {
      Files.write(log, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Optional<String> adminAddress() {
    try {
      String address =
          container.copyFileFromContainer(
              ADMIN, in -> new String(in.readAllBytes(), StandardCharsets.UTF_8));
      return address.isBlank() ? Optional.empty() : Optional.of(address.strip());
    } catch (Exception e) {
      // The file is not there until Envoy has bound its admin port.
      return Optional.empty();
    }
  }

  @Override
  public boolean isAlive() {
    return container.isRunning();
  }

  @Override
  public void stop(Duration grace) {
    docker
        .stopContainerCmd(container.getContainerId())
        .withTimeout((int) Math.max(1, grace.toSeconds()))
        .exec();
    container.stop();
  }

  @Override
  public void kill() {
    container.stop();
  }

  @Override
  public void suspend() {
    docker.pauseContainerCmd(container.getContainerId()).exec();
  }

  @Override
  public void resume() {
    docker.unpauseContainerCmd(container.getContainerId()).exec();
  }

  @Override
  public String toString() {
    return "container " + container.getContainerId();
  }
}

package dev.serin.e2e.envoy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running Envoy with one worker thread. {@link #close} always ends it, and so does the end of
 * this JVM. The admin interface is on a free loopback port, whatever the bootstrap says.
 */
public final class EnvoyProcess implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(EnvoyProcess.class);

  private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration STOP_GRACE = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(10);

  private final String name;
  private final EnvoyFiles files;
  private final RunningEnvoy running;
  private final EnvoyAdmin admin;
  private boolean suspended;

  private EnvoyProcess(String name, EnvoyFiles files, RunningEnvoy running, EnvoyAdmin admin) {
    this.name = name;
    this.files = files;
    this.running = running;
    this.admin = admin;
  }

  /**
   * Starts an Envoy and returns once its admin interface answers. Its configuration may come later:
   * see {@link #awaitReady} and {@link #awaitListener}.
   *
   * @param name what its files are called in {@code folder}: the bootstrap NAME.yaml, NAME.log
   * @param bootstrap Envoy's bootstrap as YAML
   * @throws IOException when Envoy refuses the bootstrap or ends; the message has its last words
   */
  public static EnvoyProcess start(EnvoyRunner runner, String name, String bootstrap, Path folder)
      throws IOException, InterruptedException {
    EnvoyFiles files = EnvoyFiles.write(folder, name, bootstrap);
    RunningEnvoy running =
        switch (runner) {
          case EnvoyRunner.Local(Path binary) -> LocalEnvoy.start(binary, files);
          case EnvoyRunner.Docker(String image) -> DockerEnvoy.start(image, files);
        };
    boolean started = false;
    try {
      String address =
          await(name, files, running, START_TIMEOUT, "admin address", running::adminAddress);
      EnvoyAdmin admin = new EnvoyAdmin(EnvoyAdmin.parse(address));
      started = true;
      return new EnvoyProcess(name, files, running, admin);
    } finally {
      if (!started) {
        running.kill();
      }
    }
  }

  public String name() {
    return name;
  }

  public EnvoyAdmin admin() {
    return admin;
  }

  /** What Envoy logs, at level info. */
  public Path logFile() {
    return files.log();
  }

  public boolean isAlive() {
    return running.isAlive();
  }

  /** Waits until Envoy has its first configuration and serves. */
  public void awaitReady(Duration timeout) throws IOException, InterruptedException {
    boolean unused =
        await(
            name,
            files,
            running,
            timeout,
            "LIVE from /ready",
            () -> admin.isReady() ? Optional.of(true) : Optional.empty());
  }

  /** Waits until a listener is there, and returns the address that it is bound to. */
  public InetSocketAddress awaitListener(String listener, Duration timeout)
      throws IOException, InterruptedException {
    return await(
        name,
        files,
        running,
        timeout,
        "listener " + listener,
        () -> Optional.ofNullable(admin.listeners().get(listener)));
  }

  /** Something to wait for. */
  @FunctionalInterface
  private interface Probe<T> {
    Optional<T> ask() throws IOException, InterruptedException;
  }

  private static <T> T await(
      String name,
      EnvoyFiles files,
      RunningEnvoy running,
      Duration timeout,
      String what,
      Probe<T> probe)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    while (true) {
      // Asked first: what an Envoy left behind before it ended does not count.
      boolean alive = running.isAlive();
      Optional<T> answer = alive ? probe.ask() : Optional.empty();
      if (answer.isPresent()) {
        return answer.get();
      }
      if (!alive || System.nanoTime() >= end) {
        throw new IOException(
            "Envoy %s: no %s %s; its log %s ends in:%n%s"
                .formatted(
                    name,
                    what,
                    alive ? "after " + timeout.toMillis() + " ms" : "because it has ended",
                    files.log(),
                    files.logTail()));
      }
      TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
    }
  }

  /** Lets Envoy end by itself (SIGTERM), and kills it when it has not after five seconds. */
  public synchronized void stop() throws IOException, InterruptedException {
    if (!running.isAlive()) {
      running.kill();
      return;
    }
    if (suspended) {
      resume();
    }
    running.stop(STOP_GRACE);
  }

  /** Ends Envoy at once (SIGKILL). */
  public synchronized void kill() throws InterruptedException {
    running.kill();
  }

  /** Freezes Envoy (SIGSTOP): its connections stay open and nothing answers. */
  public synchronized void suspend() throws IOException, InterruptedException {
    running.suspend();
    suspended = true;
  }

  /** Lets a frozen Envoy go on (SIGCONT). */
  public synchronized void resume() throws IOException, InterruptedException {
    running.resume();
    suspended = false;
  }

  /** Ends Envoy, in whatever state it is. */
  @Override
  public synchronized void close() {
    try {
      if (suspended) {
        running.kill();
      } else {
        stop();
      }
    } catch (IOException e) {
      log.warn("stopping Envoy {} ({}): {}", name, running, e.getMessage());
      killQuietly();
    } catch (InterruptedException e) {
      killQuietly();
      Thread.currentThread().interrupt();
    }
  }

  private void killQuietly() {
    try {
      running.kill();
    } catch (InterruptedException e) {
      // The signal is sent; only the wait for its effect was cut short.
      Thread.currentThread().interrupt();
    }
  }
}

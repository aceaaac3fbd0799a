package dev.serin.e2e.envoy;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** An Envoy that is a child process. */
final class LocalEnvoy implements RunningEnvoy {

  private static final Duration SIGNAL_TIMEOUT = Duration.ofSeconds(10);

  private final Process process;
  private final EnvoyFiles files;

  private LocalEnvoy(Process process, EnvoyFiles files) {
    this.process = process;
    this.files = files;
  }

  static LocalEnvoy start(Path binary, EnvoyFiles files) throws IOException {
    Process process =
        new ProcessBuilder(
                EnvoyFiles.command(
                    binary.toString(), files.bootstrap().toString(), files.admin().toString()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(files.log().toFile()))
            .start();
    Reaper.watch(process);
    return new LocalEnvoy(process, files);
  }

  @Override
  public Optional<String> adminAddress() throws IOException {
    if (!Files.exists(files.admin())) {
      return Optional.empty();
    }
    String address = Files.readString(files.admin()).strip();
    return address.isEmpty() ? Optional.empty() : Optional.of(address);
  }

  @Override
  public boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void stop(Duration grace) throws InterruptedException {
    process.toHandle().destroy();
    if (!process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) {
      kill();
    }
  }

  @Override
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void suspend() throws IOException, InterruptedException {
    signal("-STOP");
  }

  @Override
  public void resume() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String signal) throws IOException, InterruptedException {
    Commands.Ended ended =
        Commands.onThisMachine()
            .run(SIGNAL_TIMEOUT, ImmutableList.of("kill", signal, Long.toString(process.pid())));
    if (!ended.ok()) {
      throw new IOException("kill " + signal + " " + process.pid() + ": " + ended.lastLine());
    }
  }

  @Override
  public String toString() {
    return "process " + process.pid();
  }
}

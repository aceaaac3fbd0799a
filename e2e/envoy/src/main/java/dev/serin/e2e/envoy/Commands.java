package dev.serin.e2e.envoy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs other programs to their end. A program that cannot run is a result like any other. */
interface Commands {

  /**
   * What a program left.
   *
   * @param exit its exit code; -1 when it could not be started or took too long
   * @param output standard output and error together, the first megabyte
   */
  record Ended(int exit, String output) {

    boolean ok() {
      return exit == 0;
    }

    /** The last line that says anything: where tools put the reason. */
    String lastLine() {
      return output
          .lines()
          .filter(line -> !line.isBlank())
          .reduce((a, b) -> b)
          .orElse("exit code " + exit)
          .strip();
    }
  }

  Ended run(Duration timeout, List<String> command) throws InterruptedException;

  /** Runs them on this machine, with this process's environment. */
  static Commands onThisMachine() {
    return Commands::runHere;
  }

  private static Ended runHere(Duration timeout, List<String> command) throws InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      return new Ended(-1, command.getFirst() + ": " + e.getMessage());
    }
    Reaper.watch(process);
    try {
      process.getOutputStream().close();
      CompletableFuture<String> output =
          CompletableFuture.supplyAsync(() -> read(process.getInputStream()));
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        return new Ended(-1, command.getFirst() + ": no end after " + timeout.toSeconds() + " s");
      }
      return new Ended(process.exitValue(), output.join());
    } catch (IOException e) {
      return new Ended(-1, command.getFirst() + ": " + e.getMessage());
    } finally {
      process.destroyForcibly();
    }
  }

  private static String read(InputStream in) {
    try (in) {
      String start = new String(in.readNBytes(1 << 20), StandardCharsets.UTF_8);
      in.transferTo(OutputStream.nullOutputStream());
      return start;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

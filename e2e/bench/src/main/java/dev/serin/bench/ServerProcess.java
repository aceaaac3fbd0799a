package dev.serin.bench;

import com.google.common.collect.ImmutableList;
import dev.serin.bench.measure.ProcessClock;
import dev.serin.bench.peer.PeerMain;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A server under test, spoken to on its standard input and output; see {@link PeerMain}. */
final class ServerProcess implements AutoCloseable {
  private static final int SECONDS_TO_END = 10;

  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter commands;
  private final ProcessClock clock;
  private final int patience;
  private final int port;

  /** Live bytes after a collection, and those beside the heap (direct memory, stacks). */
  record Memory(long heap, long beside) {}

  private ServerProcess(Process process, int patience) throws IOException, InterruptedException {
    this.process = process;
    this.patience = patience;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
    this.commands = process.outputWriter(StandardCharsets.UTF_8);
    this.clock = new ProcessClock(process.pid());
    try {
      this.port = Integer.parseInt(answer("ready", 1)[0]);
    } catch (IOException | NumberFormatException failed) {
      process.destroyForcibly();
      throw new IOException("did not start: " + failed.getMessage(), failed);
    }
  }

  /** Starts it and waits until it serves. */
  static ServerProcess start(ServerKind kind, Setup setup, int proxies, ImmutableList<String> flags)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    if (kind.isGo()) {
      command.add(setup.options().goPeers().orElseThrow().toString());
    } else {
      command.add(ProcessHandle.current().info().command().orElse("java"));
      command.addAll(setup.options().javaFlags(setup.scenario()));
      command.addAll(flags);
      command.addAll(
          List.of("-cp", System.getProperty("java.class.path"), PeerMain.class.getName()));
    }
    command.addAll(List.of(kind.word(), setup.file().toString(), Integer.toString(proxies)));
    return new ServerProcess(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start(),
        setup.options().patience());
  }

  int port() {
    return port;
  }

  ProcessClock clock() {
    return clock;
  }

  /** Changes the weight; returns how many nanoseconds the call took inside the server. */
  long push(int weight) throws IOException, InterruptedException {
    command("push " + weight);
    return Long.parseLong(answer("pushed", 1)[0]);
  }

  Memory memory() throws IOException, InterruptedException {
    command("stats");
    String[] words = answer("stats", 2);
    return new Memory(Long.parseLong(words[0]), Long.parseLong(words[1]));
  }

  /** Bytes that it has allocated so far, garbage included, by its runtime's own count. */
  long allocated() throws IOException, InterruptedException {
    command("allocated");
    return Long.parseLong(answer("allocated", 1)[0]);
  }

  /** Starts a profile, and returns that of the time since the last one. */
  List<String> profile() throws IOException, InterruptedException {
    command("profile");
    int count = Integer.parseInt(answer("profile", 1)[0]);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lines.add(line("a profile"));
    }
    return lines;
  }

  private void command(String line) throws IOException {
    commands.write(line);
    commands.newLine();
    commands.flush();
  }

  private String[] answer(String word, int values) throws IOException, InterruptedException {
    String line = line(word);
    String[] words = line.split(" ", -1);
    if (words.length != values + 1 || !words[0].equals(word)) {
      throw new IOException(
          "answer: \"" + line + "\" (expected: " + word + " and " + values + " values)");
    }
    return java.util.Arrays.copyOfRange(words, 1, words.length);
  }

  /** The next line; a server that has none in time is ended, since nothing else ends the wait. */
  private String line(String wanted) throws IOException, InterruptedException {
    CompletableFuture<Optional<String>> next = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            next.complete(Optional.ofNullable(answers.readLine()));
          } catch (IOException e) {
            next.completeExceptionally(e);
          }
        });
    try {
      return next.get(patience, TimeUnit.SECONDS)
          .orElseThrow(() -> new IOException("ended (expected: an answer, " + wanted + ")"));
    } catch (ExecutionException e) {
      throw new IOException("cannot be read: " + e.getCause(), e);
    } catch (TimeoutException e) {
      process.destroyForcibly();
      throw new IOException("did not answer in " + patience + " s (expected: " + wanted + ")", e);
    }
  }

  @Override
  public void close() {
    try {
      commands.close();
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException gone) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}

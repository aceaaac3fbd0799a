package dev.serin.e2e.features;

import dev.serin.server.SerinServer;
import dev.serin.server.config.ConfigLoader;
import dev.serin.server.config.ServerConfig;
import java.io.File;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A server that can be stopped and started again on its ports and its store: within this process,
 * or as one of its own that can be killed.
 */
abstract sealed class ServerUnderTest {
  private static final int FIRST_PORT = 20_000;
  private static final int LAST_PORT = 29_999;

  /** Begins somewhere else in each process, so that two at a time seldom try the same ports. */
  private static final AtomicInteger NEXT_PORT =
      new AtomicInteger(FIRST_PORT + (int) (ProcessHandle.current().pid() * 97 % 9_000));

  private final int xdsPort;
  private final int apiPort;
  private final ServerFlags flags;

  /** The flags of a server that listens on these ports and keeps its journal in this file. */
  private record ServerFlags(List<String> list) {}

  private ServerUnderTest(Path folder, String... more) throws IOException {
    xdsPort = freePort();
    apiPort = freePort();
    List<String> all =
        new ArrayList<>(
            List.of(
                "--xds.listen=127.0.0.1:" + xdsPort,
                "--api.listen=127.0.0.1:" + apiPort,
                "--store.sqlite.path=" + folder.resolve("journal.db")));
    all.addAll(List.of(more));
    flags = new ServerFlags(List.copyOf(all));
  }

  final int xdsPort() {
    return xdsPort;
  }

  final int apiPort() {
    return apiPort;
  }

  final List<String> flags() {
    return flags.list();
  }

  /** Starts it, again after {@link #stop}. */
  abstract void start() throws Exception;

  /** Ends it: in order within this process, by SIGKILL as one of its own. */
  abstract void stop() throws Exception;

  /**
   * A port that is free on every address, to be bound later by another process. Not from the range
   * that the kernel gives to outgoing connections: one of those took it once in the meantime.
   */
  static int freePort() throws IOException {
    for (int tries = 0; tries < 1_000; tries++) {
      int port = NEXT_PORT.getAndUpdate(p -> p == LAST_PORT ? FIRST_PORT : p + 1);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName("0.0.0.0"))) {
        return socket.getLocalPort();
      } catch (BindException taken) {
        // the next one, then
      }
    }
    throw new IOException("no free port between " + FIRST_PORT + " and " + LAST_PORT);
  }

  static ServerConfig config(List<String> flags) {
    ConfigLoader.Result result = ConfigLoader.load(Optional.empty(), Map.of(), flags);
    return result
        .config()
        .orElseThrow(() -> new IllegalArgumentException(result.problems().toString()));
  }

  /** A server in this process. */
  static final class Within extends ServerUnderTest {
    private @Nullable SerinServer server;

    Within(Path folder, String... more) throws IOException {
      super(folder, more);
    }

    @Override
    void start() throws SerinServer.StartFailure {
      server = SerinServer.start(config(flags()), Map.of());
    }

    @Override
    void stop() {
      if (server != null) {
        server.close();
        server = null;
      }
    }
  }

  /** A server in a process of its own. */
  static final class Child extends ServerUnderTest {
    private final Path log;
    private @Nullable Process process;

    Child(Path folder) throws IOException {
      super(folder);
      log = folder.resolve("server.log");
    }

    @Override
    void start() throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m"));
      command.add("--enable-native-access=ALL-UNNAMED");
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.add(ServerProcess.class.getName());
      command.addAll(flags());
      // Its standard input is a pipe that breaks with this process: then it ends.
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(log.toString())))
              .start();
    }

    @Override
    void stop() throws InterruptedException {
      if (process != null) {
        process.destroyForcibly().waitFor();
        process = null;
      }
    }
  }
}

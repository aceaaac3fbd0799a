package dev.serin.cli;

import dev.serin.server.SerinServer;
import dev.serin.server.config.ConfigLoader;
import dev.serin.server.config.ServerConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code serin server}: the whole control plane, until it is told to stop. */
@Command(
    name = "server",
    description = "Run the control plane until SIGTERM or Ctrl-C.",
    footer =
        "Every setting is a key of the file, a flag (--xds.listen=127.0.0.1:18000) and a variable"
            + " (SERIN_XDS_LISTEN); --print-config shows all of them.")
final class ServerCommand implements Callable<Integer> {
  @Option(names = "--config", paramLabel = "FILE", description = "The configuration, as YAML.")
  @Nullable Path config;

  @Option(
      names = "--print-config",
      description = "Print every setting and where its value comes from, and do not start.")
  boolean printConfig;

  @Unmatched List<String> flags = new ArrayList<>();

  @Spec @Nullable CommandSpec spec;

  private final Map<String, String> environment = System.getenv();

  @Override
  public Integer call() {
    ConfigLoader.Result loaded = ConfigLoader.load(Optional.ofNullable(config), environment, flags);
    loaded.problems().forEach(problem -> Console.err(spec).println("serin: " + problem));
    if (printConfig) {
      Console.out(spec).print(loaded.print());
      Console.out(spec).flush();
    }
    if (loaded.config().isEmpty()) {
      return Exit.USAGE;
    }
    return printConfig ? Exit.DONE : run(loaded.config().get());
  }

  private int run(ServerConfig settings) {
    SerinServer server = start(settings);
    CountDownLatch closed = new CountDownLatch(1);
    Thread stop =
        new Thread(
            () -> {
              server.close();
              closed.countDown();
            },
            "serin-stop");
    Runtime.getRuntime().addShutdownHook(stop);
    announce(settings, server);
    try {
      closed.await();
    } catch (InterruptedException asked) {
      Runtime.getRuntime().removeShutdownHook(stop);
      server.close();
    }
    return Exit.DONE;
  }

  private SerinServer start(ServerConfig settings) {
    try {
      return SerinServer.start(settings, environment);
    } catch (SerinServer.StartFailure failure) {
      throw new CommandFailure(
          Exit.FAILED,
          "cannot start: " + String.valueOf(failure.getMessage()).replaceAll("\\s*\\R\\s*", "; "));
    }
  }

  private void announce(ServerConfig settings, SerinServer server) {
    PrintWriter out = Console.out(spec);
    out.println("xds listening on " + settings.xds().listen().host() + ":" + server.xdsPort());
    out.println("api listening on " + settings.api().listen().host() + ":" + server.apiPort());
    settings
        .metrics()
        .listen()
        .ifPresent(listen ->
            out.println(
                "metrics listening on "
                    + listen.host()
                    + ":"
                    + server.metricsPort().orElse(listen.port())));
    switch (settings.store()) {
      case ServerConfig.Store.Sqlite(Path path) -> out.println("store in " + path);
    }
    out.flush();
  }
}

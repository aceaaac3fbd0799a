package dev.serin.cli.demo;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import dev.serin.cli.Exit;
import io.grpc.StatusRuntimeException;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code serin demo}. */
@Command(
    name = "demo",
    description =
        "Run a server, real Envoys, three versions and a load here; promote a good release, roll a bad one back.")
public final class DemoCommand implements Callable<Integer> {
  private static final int DEFAULT_WIDTH = 80;
  private static final int LEAST_WIDTH = 40;

  @Option(
      names = "--scenario",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  Scenario scenario = Scenario.all;

  @Option(
      names = "--proxies",
      paramLabel = "N",
      description = "How many Envoys, 1 to 20 (default: ${DEFAULT-VALUE}).")
  int proxies = 3;

  @Option(names = "--headless", description = "A line for each change instead of the live table.")
  boolean headless;

  @Option(names = "--json", paramLabel = "FILE", description = "Write what happened to a file.")
  @Nullable Path json;

  @Option(names = "--keep", description = "Leave everything running at the end, until Ctrl-C.")
  boolean keep;

  @Spec @Nullable CommandSpec spec;

  private volatile boolean interrupted;

  @Override
  public Integer call() throws InterruptedException, IOException {
    PrintWriter out =
        spec == null
            ? new PrintWriter(System.out, true, StandardCharsets.UTF_8)
            : spec.commandLine().getOut();
    PrintWriter err =
        spec == null
            ? new PrintWriter(System.err, true, StandardCharsets.UTF_8)
            : spec.commandLine().getErr();
    refuseWhatCannotBe();
    try {
      Demo demo = new Demo(new Demo.Options(scenario, proxies), screen(out));
      Thread onExit = new Thread(() -> stop(demo), "stop-demo");
      Runtime.getRuntime().addShutdownHook(onExit);
      try (demo) {
        return run(demo, out);
      } finally {
        if (!interrupted) {
          boolean unused = Runtime.getRuntime().removeShutdownHook(onExit);
        }
      }
    } catch (DemoFailure | IOException | StatusRuntimeException failure) {
      if (!interrupted) {
        err.println("serin: " + failure.getMessage());
      }
      return Exit.FAILED;
    }
  }

  /** Before anything runs: a minute later would be late to say that a file has no folder. */
  private void refuseWhatCannotBe() {
    List<String> problems = new ArrayList<>();
    if (proxies < 1 || proxies > Demo.MOST_PROXIES) {
      problems.add("--proxies: %d (expected: 1..%d)".formatted(proxies, Demo.MOST_PROXIES));
    }
    if (json != null) {
      Path folder = json.toAbsolutePath().getParent();
      if (Files.isDirectory(json) || folder == null || !Files.isWritable(folder)) {
        problems.add(
            "--json: %s (expected: a file in a folder that can be written)".formatted(json));
      }
    }
    if (!problems.isEmpty() && spec != null) {
      throw new ParameterException(spec.commandLine(), String.join("; ", problems));
    }
  }

  private int run(Demo demo, PrintWriter out) throws IOException, InterruptedException {
    logTo(demo.folder().resolve("serin.log"));
    DemoReport report = demo.run();
    if (json != null) {
      DemoJson.write(report, json);
    }
    if (keep) {
      out.printf(
          "%nStill running: people find it at %s, files are in %s. Ctrl-C ends it.%n",
          demo.address(), demo.folder());
      out.flush();
      new CountDownLatch(1).await();
    }
    return report.asExpected() ? Exit.DONE : Exit.FAILED;
  }

  private void stop(Demo demo) {
    interrupted = true;
    demo.close();
  }

  private Screen screen(PrintWriter out) throws InterruptedException {
    boolean terminal = isTerminal() && !"dumb".equals(System.getenv("TERM"));
    if (headless || !terminal) {
      return new LineScreen(out);
    }
    String noColor = System.getenv("NO_COLOR");
    return new TableScreen(out, new Table(noColor == null || noColor.isEmpty(), width()));
  }

  /** From Java 22 on there may be a console without a terminal, and there is a method to ask. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException before22) {
      return true;
    }
  }

  /** Asks the terminal; a line that wrapped would spoil the picture. */
  private static int width() throws InterruptedException {
    try {
      Process stty =
          new ProcessBuilder("stty", "size").redirectInput(ProcessBuilder.Redirect.INHERIT).start();
      String answer = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      boolean unused = stty.waitFor(1, TimeUnit.SECONDS);
      String columns = answer.strip().replaceFirst("^\\d+ ", "");
      return Math.max(LEAST_WIDTH, Integer.parseInt(columns));
    } catch (IOException | NumberFormatException unknown) {
      return DEFAULT_WIDTH;
    }
  }

  /** The screen belongs to the demo; what the parts log goes to a file beside the proxies' logs. */
  private static void logTo(Path file) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.reset();
      PatternLayoutEncoder encoder = new PatternLayoutEncoder();
      encoder.setContext(context);
      encoder.setPattern("%d %-5level %logger{24} %msg%n");
      encoder.start();
      FileAppender<ILoggingEvent> appender = new FileAppender<>();
      appender.setContext(context);
      appender.setEncoder(encoder);
      appender.setFile(file.toString());
      appender.start();
      ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
      root.setLevel(Level.INFO);
      root.addAppender(appender);
    }
  }
}

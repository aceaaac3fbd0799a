package dev.serin.cli;

import dev.serin.cli.demo.DemoCommand;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The one main class: {@code serin COMMAND}. */
@Command(
    name = "serin",
    description =
        "Canary releases for Envoy meshes, decided on what the proxies themselves report.",
    mixinStandardHelpOptions = true,
    scope = CommandLine.ScopeType.INHERIT,
    versionProvider = VersionCommand.class,
    subcommands = {
      ServerCommand.class,
      BootstrapCommand.class,
      LintCommand.class,
      PlanCommand.class,
      JudgeCommand.class,
      ApplyCommand.class,
      GetCommand.class,
      StartCommand.class,
      PauseCommand.class,
      ResumeCommand.class,
      PromoteCommand.class,
      SetWeightCommand.class,
      AbortCommand.class,
      RollbackCommand.class,
      RetryCommand.class,
      ApproveCommand.class,
      RejectCommand.class,
      UrgentCommand.class,
      SkipCommand.class,
      SetStableCommand.class,
      DetachCommand.class,
      FreezeCommand.class,
      DeleteCommand.class,
      WaitCommand.class,
      WhyCommand.class,
      AuditCommand.class,
      ProxiesCommand.class,
      DiffCommand.class,
      DemoCommand.class,
      VersionCommand.class,
      CommandLine.HelpCommand.class
    })
public final class Main implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    // What libraries log in the JDK's own way is one line like everything else.
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    System.exit(commandLine().execute(arguments));
  }

  /** The whole command line, for {@link #main} and for tests. */
  public static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setExecutionExceptionHandler(new Failures())
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Override
  public Integer call() {
    if (spec != null) {
      spec.commandLine().usage(Console.err(spec));
    }
    return Exit.USAGE;
  }
}

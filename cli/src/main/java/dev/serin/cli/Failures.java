package dev.serin.cli;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Turns what a command threw into one line for the user and an exit code. */
final class Failures implements IExecutionExceptionHandler {

  @Override
  public int handleExecutionException(Exception thrown, CommandLine command, ParseResult parsed)
      throws Exception {
    if (thrown instanceof CommandFailure failure) {
      command.getErr().println("serin: " + failure.getMessage());
      return failure.exitCode();
    }
    if (thrown instanceof StatusRuntimeException refused) {
      command.getErr().println("serin: " + describe(refused.getStatus()));
      return exitCode(refused.getStatus().getCode());
    }
    throw thrown;
  }

  static int exitCode(Status.Code code) {
    return switch (code) {
      case UNAVAILABLE -> Exit.UNREACHABLE;
      case DEADLINE_EXCEEDED -> Exit.TIMED_OUT;
      default -> Exit.FAILED;
    };
  }

  private static String describe(Status status) {
    String text =
        status.getDescription() == null ? status.getCode().name() : status.getDescription();
    return status.getCode() == Status.Code.UNAVAILABLE
        ? "cannot reach the server: "
            + text
            + " (is `serin server` running, and is --server right?)"
        : text;
  }
}

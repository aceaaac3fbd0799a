package dev.serin.cli;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Turns what a command threw into one line for the user and an exit code. */
final class Failures implements IExecutionExceptionHandler {

  /** Every error of a Serin server has details; one that has none comes from the way to it. */
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  @Override
  public int handleExecutionException(Exception thrown, CommandLine command, ParseResult parsed)
      throws Exception {
    if (thrown instanceof CommandFailure failure) {
      command.getErr().println("serin: " + Output.lines(String.valueOf(failure.getMessage())));
      return failure.exitCode();
    }
    if (thrown instanceof StatusRuntimeException refused) {
      command.getErr().println("serin: " + Output.lines(describe(refused, address(command))));
      return exitCode(refused);
    }
    throw thrown;
  }

  /** Whether a server said so itself, rather than the way to it. */
  static boolean isAnswer(StatusRuntimeException refused) {
    Metadata trailers = refused.getTrailers();
    return trailers != null && trailers.containsKey(DETAILS);
  }

  /**
   * Whether the same may be answered in a moment: the server goes or comes, or what was open was
   * cut off by something on the way, which has no details to give.
   */
  static boolean mayPass(StatusRuntimeException ended) {
    return switch (ended.getStatus().getCode()) {
      case UNAVAILABLE -> true;
      case INTERNAL, UNKNOWN, CANCELLED, ABORTED -> !isAnswer(ended);
      default -> false;
    };
  }

  static int exitCode(StatusRuntimeException refused) {
    return switch (refused.getStatus().getCode()) {
      case UNAVAILABLE -> isAnswer(refused) ? Exit.FAILED : Exit.UNREACHABLE;
      case DEADLINE_EXCEEDED -> Exit.TIMED_OUT;
      default -> Exit.FAILED;
    };
  }

  private static String address(CommandLine command) {
    return command.getMixins().values().stream()
        .filter(Connection.class::isInstance)
        .map(mixin -> ((Connection) mixin).address())
        .findFirst()
        .orElse("the server");
  }

  /** One line for who asked the server at the address. */
  static String describe(StatusRuntimeException refused, String address) {
    Status status = refused.getStatus();
    String text =
        status.getDescription() == null ? status.getCode().name() : status.getDescription();
    if (status.getCode() == Status.Code.UNAVAILABLE && !isAnswer(refused)) {
      return "cannot reach the server at "
          + address
          + ": "
          + reason(status, text)
          + " (is `serin server` running, and are --server and --tls-ca right?)";
    }
    return switch (status.getCode()) {
      case UNAUTHENTICATED -> text + "; give one with --token, SERIN_TOKEN or the context";
      case DEADLINE_EXCEEDED -> address + " did not answer in time";
      default -> text;
    };
  }

  /** The innermost cause knows what happened; what is around it only that something did. */
  private static String reason(Status status, String text) {
    String reason = text;
    for (Throwable at = status.getCause(); at != null; at = at.getCause()) {
      if (at.getMessage() != null && !at.getMessage().isBlank()) {
        reason = at.getMessage();
      }
    }
    // Netty appends what it was sent instead, in hexadecimal.
    return reason.startsWith("not an SSL/TLS record")
        ? "what answers there does not speak TLS"
        : Output.line(reason.lines().findFirst().orElse(text));
  }
}

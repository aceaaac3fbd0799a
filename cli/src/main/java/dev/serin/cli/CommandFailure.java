package dev.serin.cli;

/**
 * Ends a command with a message for the user and an exit code; it is no bug and prints no trace.
 */
final class CommandFailure extends RuntimeException {
  private final int exitCode;

  CommandFailure(int exitCode, String message) {
    super(message, null, false, false);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}

package dev.serin.cli;

import picocli.CommandLine.Option;

/** {@code --reason WORDS}. */
final class Reason {
  @Option(names = "--reason", description = "Why; kept in the journal with who and when.")
  String reason = "";

  String text() {
    return reason;
  }
}

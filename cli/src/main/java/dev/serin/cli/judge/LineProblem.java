package dev.serin.cli.judge;

/** A line that cannot be followed: the value that was found and what was expected. */
final class LineProblem extends Exception {
  LineProblem(String message) {
    super(message, null, false, false);
  }
}

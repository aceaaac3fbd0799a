package dev.serin.sim;

/** Ends a run at its first violation. */
final class Broken extends RuntimeException {
  private static final long serialVersionUID = 1L;

  final transient Violation violation;

  Broken(Violation violation) {
    super(violation.toString(), null, false, false);
    this.violation = violation;
  }
}

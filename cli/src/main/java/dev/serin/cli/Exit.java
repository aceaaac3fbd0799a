package dev.serin.cli;

/** The exit codes of {@code serin}. */
public final class Exit {
  public static final int DONE = 0;
  public static final int FAILED = 1;
  public static final int USAGE = 2;

  /** It went the other way: rolled back where promotion was awaited, or rejected. */
  public static final int OTHER_WAY = 3;

  public static final int UNREACHABLE = 4;
  public static final int TIMED_OUT = 5;

  private Exit() {}
}

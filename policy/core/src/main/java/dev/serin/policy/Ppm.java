package dev.serin.policy;

/** Parts per million, the unit of every share of traffic: 0 is nothing, 1,000,000 is all. */
public final class Ppm {

  /** All of it. */
  public static final int ALL = 1_000_000;

  private Ppm() {}

  /** Returns {@code ppm}, or throws when it lies outside 0..1,000,000. */
  public static int require(String what, int ppm) {
    if (ppm < 0 || ppm > ALL) {
      throw new IllegalArgumentException(what + ": " + ppm + " ppm (expected: 0..1000000)");
    }
    return ppm;
  }

  /**
   * The share as a percentage for a reader: {@code 10000} is {@code "1 %"}, {@code 2500} is {@code
   * "0.25 %"}.
   */
  public static String percent(int ppm) {
    String digits = java.math.BigDecimal.valueOf(ppm, 4).stripTrailingZeros().toPlainString();
    return digits + " %";
  }
}

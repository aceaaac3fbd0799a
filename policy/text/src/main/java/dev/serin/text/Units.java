package dev.serin.text;

import dev.serin.text.Problem.Code;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers with units, exactly: shares in parts per million, quantiles and durations. */
final class Units {

  /** Ten years: more than any wait, and far from every overflow. */
  static final Duration MAX_DURATION = Duration.ofDays(3650);

  private static final int MAX_CHARS = 40;
  private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]+(\\.[0-9]+)?");
  private static final Pattern SPAN = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(d|h|ms|m|s|us|ns)");
  private static final Pattern SPANS = Pattern.compile("(?:" + SPAN.pattern() + ")+");
  private static final BigDecimal MAX_INT = BigDecimal.valueOf(Integer.MAX_VALUE);

  private Units() {}

  /** {@code 0.5%} is 5000. */
  static Read<Integer> share(String text) {
    if (text.endsWith("pp")) {
      return Read.bad(Code.BAD_VALUE, "a share like 5%; pp is for differences between two shares");
    }
    return perMillion(text, "%", "a share like 5%");
  }

  /** {@code 10%} is 100000; for where percentage points may stand instead. */
  static Read<Integer> margin(String text) {
    String expected = "a margin like 0.5pp or 10%";
    return isNumber(text)
        ? new Read.Bad<>(Code.MISSING_UNIT, expected, "write " + text + "pp or " + text + "%")
        : perMillion(text, "%", expected);
  }

  /** {@code 0.5pp} is 5000. */
  static Read<Integer> difference(String text) {
    if (text.endsWith("%")) {
      return new Read.Bad<>(
          Code.BAD_VALUE,
          "percentage points like 0.5pp; % is relative",
          "write " + Shown.value(text.substring(0, text.length() - 1)) + "pp");
    }
    return perMillion(text, "pp", "percentage points like 0.5pp");
  }

  /** {@code p99.9} is 999000. */
  static Read<Integer> quantile(String text) {
    if (!text.startsWith("p")) {
      return new Read.Bad<>(
          Code.MISSING_UNIT, "a quantile like p99", isNumber(text) ? "write p" + text : "");
    }
    String number = text.substring(1);
    return isNumber(number)
        ? toPerMillion(number, "a quantile like p99")
        : Read.bad(Code.BAD_VALUE, "a quantile like p99");
  }

  /** {@code 1h30m}, {@code 1.5h}, {@code 0.500s}; never negative, at most ten years. */
  static Read<Duration> duration(String text) {
    String expected = "a time like 30s, 10m or 1h30m";
    if (isNumber(text)) {
      return new Read.Bad<>(Code.MISSING_UNIT, expected, "write " + text + "s or " + text + "m");
    }
    if (text.length() > MAX_CHARS || !SPANS.matcher(text).matches()) {
      return Read.bad(Code.BAD_VALUE, expected);
    }
    BigDecimal nanos = BigDecimal.ZERO;
    Matcher spans = SPAN.matcher(text);
    while (spans.find()) {
      nanos = nanos.add(new BigDecimal(spans.group(1)).multiply(nanosOf(spans.group(2))));
    }
    if (nanos.stripTrailingZeros().scale() > 0) {
      return Read.bad(Code.OUT_OF_RANGE, "no finer than 1ns");
    }
    BigDecimal[] parts = nanos.divideAndRemainder(BigDecimal.valueOf(1_000_000_000));
    if (parts[0].compareTo(BigDecimal.valueOf(MAX_DURATION.toSeconds())) >= 0) {
      return Read.bad(Code.OUT_OF_RANGE, "less than ten years");
    }
    return new Read.Good<>(
        Duration.ofSeconds(parts[0].longValueExact(), parts[1].longValueExact()));
  }

  private static BigDecimal nanosOf(String unit) {
    return BigDecimal.valueOf(
        switch (unit) {
          case "d" -> 86_400_000_000_000L;
          case "h" -> 3_600_000_000_000L;
          case "m" -> 60_000_000_000L;
          case "s" -> 1_000_000_000L;
          case "ms" -> 1_000_000L;
          case "us" -> 1_000L;
          case "ns" -> 1L;
          default -> throw new IllegalArgumentException("unit " + unit);
        });
  }

  private static Read<Integer> perMillion(String text, String unit, String expected) {
    if (isNumber(text)) {
      return new Read.Bad<>(Code.MISSING_UNIT, expected, "write " + text + unit);
    }
    String number = text.endsWith(unit) ? text.substring(0, text.length() - unit.length()) : "";
    return isNumber(number.strip())
        ? toPerMillion(number.strip(), expected)
        : Read.bad(Code.BAD_VALUE, expected);
  }

  private static Read<Integer> toPerMillion(String percent, String expected) {
    BigDecimal ppm = new BigDecimal(percent).scaleByPowerOfTen(4).stripTrailingZeros();
    if (ppm.abs().compareTo(MAX_INT) > 0) {
      return Read.bad(Code.OUT_OF_RANGE, expected);
    }
    return ppm.scale() > 0
        ? Read.bad(Code.OUT_OF_RANGE, "no finer than one part per million, which is 0.0001%")
        : new Read.Good<>(ppm.intValueExact());
  }

  static boolean isNumber(String text) {
    return text.length() <= MAX_CHARS && NUMBER.matcher(text).matches();
  }

  /** {@code 5000} is {@code 0.5}: percent, or percentage points, without the sign. */
  static String percent(int ppm) {
    return BigDecimal.valueOf(ppm, 4).stripTrailingZeros().toPlainString();
  }

  /** In the largest unit that needs no fraction, as {@code 90s} or {@code 72h}. */
  static String print(Duration duration) {
    long seconds = duration.getSeconds();
    int nanos = duration.getNano();
    if (nanos % 1_000_000 != 0) {
      return BigDecimal.valueOf(seconds).add(BigDecimal.valueOf(nanos, 9)).toPlainString() + "s";
    }
    if (nanos != 0) {
      return duration.toMillis() + "ms";
    }
    if (seconds != 0 && seconds % 3600 == 0) {
      return seconds / 3600 + "h";
    }
    return seconds != 0 && seconds % 60 == 0 && seconds >= 300 ? seconds / 60 + "m" : seconds + "s";
  }
}

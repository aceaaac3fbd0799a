package dev.serin.text;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.serin.policy.RegexScan;
import java.util.Optional;

/**
 * The regular expressions that an Envoy can be given. It compiles one before it looks at its size,
 * which for a long one takes it minutes, and then refuses programs of more than 100 instructions.
 *
 * <p>How long a program is depends on the Envoy: RE2 works on bytes, and in some versions what
 * stands for any character is a dozen instructions. Each of those is replaced by as many letters of
 * its own as it may come to, and RE2/J counts the rest. Of 66 drawn patterns none that is taken
 * here was over the limit of Envoy 1.40, and it made two instructions more than counted at most.
 *
 * <p>RE2/J is not asked about everything either ({@link RegexScan}).
 */
final class EnvoyRegex {

  static final int MAX_CHARS = RegexScan.MAX_CHARS;

  /** What Envoy takes, less what this count may be short of. */
  static final int MAX_PROGRAM = 95;

  private static final java.util.regex.Pattern FOLDS =
      java.util.regex.Pattern.compile("\\(\\?[a-zA-Z]*i");
  private static final int ANY_CHARACTER = 13;
  private static final int TOO_MANY = 101;

  /** Unicode's private use area: letters that no pattern needs and that have no upper case. */
  private static final char FIRST_OWN = '\ue000';

  private static final char LAST_OWN = '\uf8ff';

  private final String pattern;
  private final StringBuilder counted = new StringBuilder();
  private boolean folds;
  private char own = FIRST_OWN;
  private int at;

  private EnvoyRegex(String pattern) {
    this.pattern = pattern;
  }

  /** What is wrong with it, with what was expected; empty when Envoy takes it. */
  static Optional<String> problem(String pattern) {
    if (pattern.length() > MAX_CHARS) {
      return Optional.of(pattern.length() + " characters (expected: at most " + MAX_CHARS + ")");
    }
    Optional<String> unsafe = RegexScan.problem(pattern);
    if (unsafe.isPresent()) {
      return Optional.of(Shown.value(pattern) + " " + unsafe.get());
    }
    try {
      Pattern.compile(pattern);
      int size = programSize(pattern);
      return size <= MAX_PROGRAM
          ? Optional.empty()
          : Optional.of(
              Shown.value(pattern)
                  + ", a program of about "
                  + size
                  + " instructions (expected: at most "
                  + MAX_PROGRAM
                  + "; a dot is "
                  + ANY_CHARACTER
                  + ")");
    } catch (PatternSyntaxException e) {
      return Optional.of(
          Shown.value(pattern) + " (expected: RE2's syntax; " + e.getDescription() + ")");
    }
  }

  private static boolean folds(String pattern) {
    return FOLDS.matcher(pattern).find();
  }

  /** Whether it matches no text at all, too. */
  static boolean matchesNothing(String pattern) {
    return Pattern.matches(pattern, "");
  }

  /** About as many instructions as RE2 makes of it, and rarely fewer. */
  static int programSize(String pattern) {
    EnvoyRegex regex = new EnvoyRegex(pattern);
    regex.folds = folds(pattern);
    while (regex.at < pattern.length()) {
      regex.next();
    }
    return Pattern.compile(regex.counted.toString()).programSize();
  }

  private void next() {
    char c = pattern.charAt(at);
    switch (c) {
      case '.' -> {
        at++;
        instructions(ANY_CHARACTER);
      }
      case '\\' -> instructionsOrSelf(escape());
      case '[' -> instructions(charClass());
      case '(' -> group();
      case '{' -> {
        int end = pattern.indexOf('}', at);
        copy(end < 0 ? at + 1 : end + 1);
      }
      default -> literal();
    }
  }

  private void literal() {
    if (relatives(pattern.charAt(at)) == 1) {
      copy(at + 1);
    } else {
      instructions(relatives(pattern.charAt(at++)));
    }
  }

  /** Those of a character; k and s have relatives outside ASCII when case does not matter. */
  private int relatives(char character) {
    return folds && "kKsS".indexOf(character) >= 0 ? 5 : 1;
  }

  /** The opening of a group with its flags or its name, which are no instructions. */
  private void group() {
    if (!pattern.startsWith("(?", at)) {
      copy(at + 1);
      return;
    }
    int end = at + 2;
    char close = pattern.startsWith("(?P<", at) ? '>' : ':';
    while (end < pattern.length() && pattern.charAt(end) != close && pattern.charAt(end) != ')') {
      end++;
    }
    copy(Math.min(end + 1, pattern.length()));
  }

  /** Reads an escape; how many instructions it is, or 0 where it can stay as it is. */
  private int escape() {
    int start = at;
    char c = at + 1 < pattern.length() ? pattern.charAt(at + 1) : '\\';
    at += 2;
    return switch (c) {
      case 'd' -> 1;
      case 's' -> 3;
      case 'w' -> 4;
      case 'D', 'S', 'W' -> ANY_CHARACTER + 4;
      case 'C' -> TOO_MANY;
      case 'x' -> {
        at += 2;
        yield 1;
      }
      default -> {
        at = start;
        yield 0;
      }
    };
  }

  private void instructionsOrSelf(int count) {
    if (count == 0) {
      copy(Math.min(at + 2, pattern.length()));
    } else {
      instructions(count);
    }
  }

  /** Reads a class; an instruction for each of its ranges, more where it leaves ASCII. */
  private int charClass() {
    at++;
    boolean negated = pattern.startsWith("^", at);
    at += negated ? 1 : 0;
    int ranges = 0;
    boolean first = true;
    while (at < pattern.length() && (first || pattern.charAt(at) != ']')) {
      first = false;
      if (pattern.startsWith("[:", at)) {
        at = pattern.indexOf(":]", at) + 2;
        ranges += 4;
      } else if (pattern.charAt(at) == '\\') {
        int size = escape();
        at += size == 0 ? 2 : 0;
        ranges += Math.max(1, size);
      } else {
        ranges += range();
      }
    }
    at++;
    return (folds ? 2 * ranges : ranges) + (negated ? ANY_CHARACTER : 0);
  }

  private int range() {
    char first = pattern.charAt(at++);
    boolean isRange =
        pattern.startsWith("-", at) && !pattern.startsWith("-]", at) && at + 1 < pattern.length();
    at += isRange ? 2 : 0;
    return relatives(first);
  }

  private void instructions(int count) {
    counted.append("(?:");
    for (int i = 0; i < count; i++) {
      counted.append(own);
      own = own == LAST_OWN ? FIRST_OWN : (char) (own + 1);
    }
    counted.append(')');
  }

  private void copy(int end) {
    counted.append(pattern, at, end);
    at = end;
  }
}

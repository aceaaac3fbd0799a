package dev.serin.text;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The regular expressions that an Envoy can be given. It compiles one before it looks at its size,
 * which for a long one takes it minutes, and then refuses programs of more than 100 instructions.
 *
 * <p>RE2 works on bytes: what stands for many characters is many instructions there. Each of those
 * is replaced by as many letters of its own as it may come to, and RE2/J counts the rest.
 */
final class EnvoyRegex {

  static final int MAX_CHARS = 256;

  /** What Envoy takes, less what this count may be short of. */
  static final int MAX_PROGRAM = 95;

  private static final int ANY_CHARACTER = 13;
  private static final int TOO_MANY = 101;
  private static final char FIRST_OWN = '\ue000';

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

  /** Whether it matches no text at all, too. */
  static boolean matchesNothing(String pattern) {
    return Pattern.matches(pattern, "");
  }

  /** About as many instructions as RE2 makes of it, and rarely fewer. */
  static int programSize(String pattern) {
    EnvoyRegex regex = new EnvoyRegex(pattern);
    regex.folds = pattern.matches("(?s).*\\(\\?[a-zA-Z]*i.*");
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
    int character = pattern.codePointAt(at);
    int end = at + Character.charCount(character);
    int size = bytes(character);
    if (size == 1) {
      copy(end);
    } else {
      at = end;
      instructions(size);
    }
  }

  /** Those of a character; k and s have relatives outside ASCII when case does not matter. */
  private int bytes(int character) {
    boolean related = folds && "kKsS".indexOf(character) >= 0;
    int length = new String(Character.toChars(character)).getBytes(StandardCharsets.UTF_8).length;
    return related ? 5 : length == 1 ? 1 : folds ? 4 * length : length;
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
      // Whole alphabets, and text that is not looked into.
      case 'p', 'P', 'C' -> TOO_MANY;
      case 'Q' -> {
        int end = pattern.indexOf("\\E", at);
        at = end < 0 ? pattern.length() : end + 2;
        yield TOO_MANY;
      }
      case 'x' -> {
        at = pattern.startsWith("{", at) ? pattern.indexOf('}', at) + 1 : at + 2;
        yield folds ? 16 : 4;
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
    int character = pattern.codePointAt(at);
    at += Character.charCount(character);
    int last = character;
    if (pattern.startsWith("-", at) && !pattern.startsWith("-]", at) && at + 1 < pattern.length()) {
      last = pattern.codePointAt(at + 1);
      at += 1 + Character.charCount(last);
    }
    return Math.max(bytes(character), last < 0x80 ? 1 : ANY_CHARACTER);
  }

  private void instructions(int count) {
    counted.append("(?:");
    for (int i = 0; i < count; i++) {
      counted.append(own++);
    }
    counted.append(')');
  }

  private void copy(int end) {
    counted.append(pattern, at, end);
    at = end;
  }
}

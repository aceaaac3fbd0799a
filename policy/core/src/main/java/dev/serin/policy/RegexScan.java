package dev.serin.policy;

import com.google.common.base.Strings;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What can be told of a regular expression from others without compiling it. RE2/J repeats what is
 * repeated before it looks at the sum, and for some characters it looks for upper and lower case
 * without an end; so it is asked about nothing that has a problem here.
 */
public final class RegexScan {
  /** The longest one that is compiled. */
  public static final int MAX_CHARS = 256;

  /** How often a part may be repeated, by all the repetitions around it. */
  public static final int MAX_REPETITIONS = 1_000;

  private static final Pattern NOT_ALIKE =
      Pattern.compile("[^\\x00-\\x7f]|\\\\(?:[0-9pPQ]|x(?![0-7][0-9a-fA-F]))");
  private static final Pattern REPEAT = Pattern.compile("\\{([0-9]{1,4})(?:,([0-9]{0,4}))?\\}");

  private RegexScan() {}

  /** What is wrong with it, without the expression itself; empty where it can be compiled. */
  public static Optional<String> problem(String pattern) {
    if (pattern.length() > MAX_CHARS) {
      return Optional.of(
          "has " + pattern.length() + " characters (expected: at most " + MAX_CHARS + ")");
    }
    if (NOT_ALIKE.matcher(pattern).find()) {
      return Optional.of(
          "(expected: characters of ASCII, since Envoy compares bytes; no \\p, \\Q, \\x{...} and"
              + " octal numbers)");
    }
    long times = repetitions(pattern);
    return times <= MAX_REPETITIONS
        ? Optional.empty()
        : Optional.of(
            "repeats a part " + times + " times (expected: at most " + MAX_REPETITIONS + ")");
  }

  /** How often the part that is repeated most often is, by all the repetitions around it. */
  private static long repetitions(String pattern) {
    ArrayDeque<Long> groups = new ArrayDeque<>();
    Matcher repeat = REPEAT.matcher(pattern);
    long most = 1;
    long last = 1;
    boolean inClass = false;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '\\') {
        i++;
        last = 1;
      } else if (inClass) {
        inClass = c != ']';
      } else if (c == '{' && repeat.find(i) && repeat.start() == i) {
        last = Math.min(last, Integer.MAX_VALUE) * times(repeat);
        most = Math.max(most, last);
        i = repeat.end() - 1;
      } else if (c == '(') {
        groups.push(most);
        most = 1;
      } else if (c == ')' && !groups.isEmpty()) {
        last = most;
        most = Math.max(most, groups.pop());
      } else {
        inClass = c == '[';
        i += inClass && pattern.startsWith("^", i + 1) ? 1 : 0;
        i += inClass && pattern.startsWith("]", i + 1) ? 1 : 0; // the first is no end
        last = 1;
      }
    }
    return groups.stream().mapToLong(Long::longValue).reduce(most, Math::max);
  }

  private static long times(Matcher repeat) {
    String most = Strings.nullToEmpty(repeat.group(2));
    String least = Strings.nullToEmpty(repeat.group(1));
    return Math.max(1, Math.max(Long.parseLong(least), most.isEmpty() ? 1 : Long.parseLong(most)));
  }
}

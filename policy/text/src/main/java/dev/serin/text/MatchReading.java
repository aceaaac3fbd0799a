package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Message;
import dev.serin.policy.Cohort.TextMatch;
import dev.serin.text.Problem.Code;
import dev.serin.v1.NumberRange;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How a value is compared. The messages of headers, cookies, parameters, paths and claims say it in
 * fields of the same names, as far as each has them, so one reading serves all.
 */
final class MatchReading {

  /** What is compared, where that makes a difference. */
  enum Of {
    HEADER,
    COOKIE,
    QUERY,
    PATH,
    CLAIM
  }

  /** A list of tenants, say. */
  private static final int MAX_VALUES = 10_000;

  /** What is looked for inside a path becomes a pattern over it and its query. */
  private static final int MAX_PART_OF_PATH = 50;

  /** RFC 6265, cookie-octet: what a cookie's value can hold without quotes. */
  private static final Pattern COOKIE_VALUE =
      Pattern.compile("[\\x21\\x23-\\x2B\\x2D-\\x3A\\x3C-\\x5B\\x5D-\\x7E]*");

  private static final TextMatch ANY = new TextMatch.Present();

  private final Checks checks;
  private final Findings findings;

  MatchReading(Checks checks) {
    this.checks = checks;
    this.findings = checks.findings();
  }

  TextMatch match(String path, Message message, Of of) {
    List<TextMatch> given = new ArrayList<>();
    OneofDescriptor choice = message.getDescriptorForType().getOneofs().getFirst();
    if (message.hasOneof(choice)) {
      FieldDescriptor field = message.getOneofFieldDescriptor(choice);
      plain(path, field.getName(), message.getField(field), of, given);
    }
    List<?> in = (List<?>) message.getField(field(message, "in"));
    boolean not = is(message, "not");
    if (!in.isEmpty()) {
      given.add(in(path + ".in", in, of, not));
    }
    if (given.size() != 1) {
      findings.error(
          path,
          given.isEmpty() ? Code.MISSING : Code.CONFLICT,
          given.size() + " comparisons (expected: one of " + comparisons(choice) + ")",
          "");
      return ANY;
    }
    TextMatch match = given.getFirst();
    if (is(message, "ignore_case")) {
      match = ignoringCase(path, match);
    }
    return not
        ? not(path, match, is(message, "or_absent"), of)
        : affirmed(path, match, is(message, "or_absent"));
  }

  private void plain(String path, String name, Object value, Of of, List<TextMatch> into) {
    String at = path + "." + name;
    switch (name) {
      case "exact" -> into.add(new TextMatch.Exact(text(at, value, of)));
      case "prefix" -> into.add(new TextMatch.Prefix(text(at, value, of)));
      case "suffix" -> into.add(new TextMatch.Suffix(text(at, value, of)));
      case "contains" -> into.add(new TextMatch.Contains(text(at, value, of)));
      case "regex" -> into.add(regex(at, value.toString()));
      case "range" -> into.add(range(at, (NumberRange) value));
      case "present" -> {
        if ((Boolean) value) {
          into.add(ANY);
        }
      }
      default -> throw new IllegalStateException("comparison " + name);
    }
  }

  private TextMatch in(String path, List<?> values, Of of, boolean not) {
    // Each value of a list that is not to match is a matcher of one and the same route.
    checks.fits(path, values, of == Of.HEADER && !not ? MAX_VALUES : Checks.MAX_LIST);
    ImmutableList.Builder<String> texts = ImmutableList.builder();
    for (int i = 0; i < values.size(); i++) {
      texts.add(text(path + "[" + i + "]", values.get(i), of));
    }
    return new TextMatch.In(texts.build());
  }

  private String text(String path, Object given, Of of) {
    String value = checks.value(path, given.toString());
    if (of == Of.COOKIE && !value.isEmpty() && !COOKIE_VALUE.matcher(value).matches()) {
      findings.error(
          path,
          Code.BAD_VALUE,
          Shown.value(value) + " (expected: no space, comma, semicolon, quote or backslash)",
          "");
    }
    boolean whole = !path.endsWith(".suffix") && !path.endsWith(".contains");
    if (of == Of.PATH
        && !value.isEmpty()
        && (value.matches(".*[?#].*|.*[^!-~].*") || (whole && !value.startsWith("/")))) {
      findings.error(
          path,
          Code.BAD_VALUE,
          Shown.value(value)
              + " (expected: "
              + (whole ? "a path from / on" : "a part of a path")
              + ", without a query, in ASCII)",
          "a parameter goes under query");
    }
    if (of == Of.PATH && !whole && partOfPath(value) > MAX_PART_OF_PATH) {
      findings.error(
          path,
          Code.TOO_LARGE,
          partOfPath(value)
              + " bytes (expected: at most "
              + MAX_PART_OF_PATH
              + ", k and s counting five, since it becomes a pattern)",
          "");
    }
    return value;
  }

  /** As it may come to in a pattern that does not mind the case. */
  private static int partOfPath(String value) {
    return value.getBytes(StandardCharsets.UTF_8).length
        + 4 * (int) value.chars().filter(c -> "kKsS".indexOf(c) >= 0).count();
  }

  TextMatch regex(String path, String pattern) {
    checks.value(path, pattern);
    EnvoyRegex.problem(pattern)
        .ifPresent(problem ->
            findings.error(
                path, Code.BAD_VALUE, problem, "several short texts go under in or any"));
    return new TextMatch.Regex(pattern);
  }

  private TextMatch range(String path, NumberRange range) {
    if (range.getFrom() >= range.getTo()) {
      findings.error(
          path,
          Code.OUT_OF_RANGE,
          "from " + range.getFrom() + " to " + range.getTo() + " (expected: from below to)",
          "to itself does not belong to it");
      return ANY;
    }
    return new TextMatch.Range(range.getFrom(), range.getTo());
  }

  private TextMatch ignoringCase(String path, TextMatch match) {
    boolean isRegex = match instanceof TextMatch.Regex;
    if (isRegex || match instanceof TextMatch.Present || match instanceof TextMatch.Range) {
      findings.error(
          path + ".ignoreCase",
          Code.CONFLICT,
          "true beside what has no case (expected: exact, prefix, suffix, contains or in)",
          isRegex ? "begin the pattern with (?i)" : "");
      return match;
    }
    return new TextMatch.IgnoreCase(match);
  }

  private TextMatch affirmed(String path, TextMatch match, boolean orAbsent) {
    if (orAbsent) {
      findings.error(
          path + ".orAbsent",
          Code.CONFLICT,
          "true without not (expected: beside not: true)",
          "for who has none, add {present: true, not: true} under any");
    }
    return match;
  }

  private TextMatch not(String path, TextMatch match, boolean orAbsent, Of of) {
    boolean isPresent = match instanceof TextMatch.Present;
    if (of == Of.QUERY && !isPresent) {
      findings.error(
          path + ".not",
          Code.NOT_ALLOWED,
          "true (expected: beside present alone, since Envoy inverts no comparison of a query)",
          "");
    }
    if (orAbsent && isPresent) {
      findings.error(
          path + ".orAbsent",
          Code.CONFLICT,
          "true beside present and not, which is absent already (expected: false)",
          "");
      return new TextMatch.Not(match, false);
    }
    if (orAbsent
        && of == Of.HEADER
        && match instanceof TextMatch.Regex(String pattern)
        && EnvoyRegex.problem(pattern).isEmpty()
        && EnvoyRegex.matchesNothing(pattern)) {
      findings.error(
          path + ".orAbsent",
          Code.CONFLICT,
          Shown.value(pattern)
              + " matches an empty text, as which Envoy sees an absent header (expected: a pattern"
              + " of at least one character)",
          "");
    }
    return new TextMatch.Not(match, orAbsent);
  }

  private static String comparisons(OneofDescriptor choice) {
    return Stream.concat(
            choice.getFields().stream()
                .map(FieldDescriptor::getName)
                .map(name -> name.equals("present") ? "present: true" : name),
            Stream.of("in"))
        .collect(Collectors.joining(", "));
  }

  private static boolean is(Message message, String name) {
    FieldDescriptor field = message.getDescriptorForType().findFieldByName(name);
    return field != null && (Boolean) message.getField(field);
  }

  private static FieldDescriptor field(Message message, String name) {
    FieldDescriptor field = message.getDescriptorForType().findFieldByName(name);
    if (field == null) {
      throw new IllegalStateException(
          message.getDescriptorForType().getFullName() + " without " + name);
    }
    return field;
  }
}

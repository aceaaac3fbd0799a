package dev.serin.server.csds;

import com.google.common.base.Ascii;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.serin.policy.RegexScan;
import io.envoyproxy.envoy.service.status.v3.ClientStatusRequest;
import io.envoyproxy.envoy.type.matcher.v3.NodeMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Which nodes a request asks for: "The match follows OR semantics", and without a matcher all of
 * them.
 */
final class NodeMatch {
  private static final int MAX_MATCHERS = 100;
  private static final int MAX_REGEXES = 10;
  private static final int MAX_TEXT = 1_024;
  private static final int MAX_REGEX = 256;

  /** Bounds what repetition makes of a short expression, such as {@code (a{99}){99}}. */
  private static final int MAX_PROGRAM = 100;

  /** A way to choose nodes by their id, or everything that is wrong with the request. */
  sealed interface Reading {
    record Understood(Predicate<String> nodes) implements Reading {}

    record Wrong(List<String> problems) implements Reading {}
  }

  private NodeMatch() {}

  static Reading read(ClientStatusRequest request) {
    if (request.getNodeMatchersCount() == 0) {
      return new Reading.Understood(node -> true);
    }
    List<String> problems = new ArrayList<>();
    if (request.getNodeMatchersCount() > MAX_MATCHERS) {
      problems.add(
          "node_matchers: %d (expected: at most %d)"
              .formatted(request.getNodeMatchersCount(), MAX_MATCHERS));
      return new Reading.Wrong(problems);
    }
    long regexes =
        request.getNodeMatchersList().stream()
            .filter(matcher -> matcher.getNodeId().hasSafeRegex())
            .count();
    if (regexes > MAX_REGEXES) {
      problems.add(
          "node_matchers: %d with safe_regex (expected: at most %d)"
              .formatted(regexes, MAX_REGEXES));
    }
    Predicate<String> any = node -> false;
    for (int i = 0; i < request.getNodeMatchersCount(); i++) {
      any = any.or(matcher("node_matchers[" + i + "]", request.getNodeMatchers(i), problems));
    }
    return problems.isEmpty() ? new Reading.Understood(any) : new Reading.Wrong(problems);
  }

  private static Predicate<String> matcher(
      String path, NodeMatcher matcher, List<String> problems) {
    if (matcher.getNodeMetadatasCount() > 0) {
      problems.add(
          path
              + ".node_metadatas: not supported (expected: node_id; of its metadata Serin keeps"
              + " the mesh cluster alone)");
    }
    return matcher.hasNodeId()
        ? text(path + ".node_id", matcher.getNodeId(), problems)
        : node -> true;
  }

  private static Predicate<String> text(String path, StringMatcher matcher, List<String> problems) {
    boolean anyCase = matcher.getIgnoreCase();
    return switch (matcher.getMatchPatternCase()) {
      case EXACT -> plain(path + ".exact", matcher.getExact(), anyCase, String::equals, problems);
      case PREFIX ->
          plain(path + ".prefix", matcher.getPrefix(), anyCase, String::startsWith, problems);
      case SUFFIX ->
          plain(path + ".suffix", matcher.getSuffix(), anyCase, String::endsWith, problems);
      case CONTAINS ->
          plain(path + ".contains", matcher.getContains(), anyCase, String::contains, problems);
      // "This has no effect for the safe_regex match", says Envoy of ignore_case.
      case SAFE_REGEX -> regex(path + ".safe_regex", matcher.getSafeRegex().getRegex(), problems);
      case CUSTOM -> {
        problems.add(
            path
                + ".custom: not supported (expected: exact, prefix, suffix, contains, safe_regex)");
        yield node -> false;
      }
      case MATCHPATTERN_NOT_SET -> {
        problems.add(
            path + ": no pattern (expected: exact, prefix, suffix, contains or safe_regex)");
        yield node -> false;
      }
    };
  }

  private interface Comparison {
    boolean matches(String node, String wanted);
  }

  private static Predicate<String> plain(
      String path, String wanted, boolean anyCase, Comparison how, List<String> problems) {
    if (wanted.length() > MAX_TEXT) {
      problems.add(
          "%s: %d characters (expected: at most %d)".formatted(path, wanted.length(), MAX_TEXT));
    }
    return anyCase
        ? node -> how.matches(Ascii.toLowerCase(node), Ascii.toLowerCase(wanted))
        : node -> how.matches(node, wanted);
  }

  private static Predicate<String> regex(String path, String regex, List<String> problems) {
    if (regex.length() > MAX_REGEX) {
      problems.add(
          "%s: %d characters (expected: at most %d)".formatted(path, regex.length(), MAX_REGEX));
      return node -> false;
    }
    Optional<String> unsafe = RegexScan.problem(regex);
    if (unsafe.isPresent()) {
      problems.add(path + ": " + unsafe.get());
      return node -> false;
    }
    try {
      Pattern pattern = Pattern.compile(regex);
      if (pattern.programSize() > MAX_PROGRAM) {
        problems.add(
            "%s: compiles to %d instructions (expected: at most %d)"
                .formatted(path, pattern.programSize(), MAX_PROGRAM));
      }
      // The whole id, as Envoy matches.
      return pattern::matches;
    } catch (PatternSyntaxException wrong) {
      problems.add(path + ": " + wrong.getMessage() + " (expected: RE2 syntax)");
      return node -> false;
    }
  }
}

package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.serin.text.Problem.Code;
import dev.serin.text.Problem.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The problems of one resource while it is checked. Confined to the call that checks it. */
final class Findings {

  private static final Comparator<Problem> BY_LINE = Comparator.comparingInt(Problem::line);

  private final String file;
  private final Map<String, Source.Place> places = new LinkedHashMap<>();
  private final List<Problem> problems = new ArrayList<>();
  private final Set<String> unread = new HashSet<>();

  Findings(String file) {
    this.file = file;
  }

  /** Remembers where a path of the message was written. */
  void place(String path, String shown, int line) {
    places.put(path, new Source.Place(shown, line));
  }

  /**
   * A value that could not be read. What its absence leads to at this path or above it is then no
   * problem of its own.
   */
  void unread(Where where, int line, Code code, String message, String hint) {
    problems.add(new Problem(file, line, where.shown(), code, Severity.ERROR, message, hint));
    for (String at = where.path(); !at.isEmpty(); at = Source.parent(at)) {
      unread.add(at);
    }
  }

  /** A value that was read and cannot stand. */
  void error(String path, Code code, String message, String hint) {
    if (!unread.contains(path)) {
      problems.add(source().problem(path, code, Severity.ERROR, message, hint));
    }
  }

  void warn(String path, Code code, String message, String hint) {
    if (!unread.contains(path)) {
      problems.add(source().problem(path, code, Severity.WARNING, message, hint));
    }
  }

  boolean hasErrors() {
    return problems.stream().anyMatch(Problem::isError);
  }

  Source source() {
    return new Source(file, ImmutableMap.copyOf(places));
  }

  /** All of them in the order of the lines. */
  ImmutableList<Problem> all() {
    return ImmutableList.sortedCopyOf(BY_LINE, problems);
  }
}

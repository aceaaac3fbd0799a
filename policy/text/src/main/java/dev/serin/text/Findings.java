package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.serin.text.Problem.Code;
import dev.serin.text.Problem.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The problems of one resource while it is checked. Confined to the call that checks it. */
final class Findings {

  private static final Comparator<Problem> BY_LINE = Comparator.comparingInt(Problem::line);

  private final String file;
  private final Map<String, Source.Place> places = new LinkedHashMap<>();
  private final List<Problem> problems = new ArrayList<>();

  /** Places of which a part could not be read. */
  private final Set<String> unread = new HashSet<>();

  /** Places of which nothing could be read. */
  private final Set<String> gone = new HashSet<>();

  Findings(String file) {
    this.file = file;
  }

  /** Remembers where a path of the message was written. */
  void place(String path, String shown, int line) {
    places.put(path, new Source.Place(shown, line));
  }

  /**
   * A value that could not be read. What its absence leads to at this path, below or above it is
   * then no problem of its own.
   */
  void unread(Where where, int line, Code code, String message, String hint) {
    problems.add(new Problem(file, line, where.shown(), code, Severity.ERROR, message, hint));
    gone.add(where.path());
    for (String at = where.path(); !at.isEmpty(); at = Source.parent(at)) {
      unread.add(at);
    }
  }

  /** Something of another shape than what belongs there. */
  void wrongType(Where where, Tree found, String expected) {
    unread(
        where, found.line(), Code.WRONG_TYPE, found.shown() + " (expected: " + expected + ")", "");
  }

  /** A value that was read and cannot stand. */
  void error(String path, Code code, String message, String hint) {
    if (!isFollowing(path)) {
      problems.add(source().problem(path, code, Severity.ERROR, message, hint));
    }
  }

  /** Whether what is found there comes of something that could not be read. */
  private boolean isFollowing(String path) {
    for (String at = path; !at.isEmpty(); at = Source.parent(at)) {
      if (gone.contains(at)) {
        return true;
      }
    }
    return unread.contains(path);
  }

  void warn(String path, Code code, String message, String hint) {
    if (!isFollowing(path)) {
      problems.add(source().problem(path, code, Severity.WARNING, message, hint));
    }
  }

  boolean hasErrors() {
    return problems.stream().anyMatch(Problem::isError);
  }

  Source source() {
    return new Source(file, ImmutableMap.copyOf(places));
  }

  /** All of them in the order of the lines, each once: a word may stand for several fields. */
  ImmutableList<Problem> all() {
    return ImmutableList.sortedCopyOf(BY_LINE, new LinkedHashSet<>(problems));
  }
}

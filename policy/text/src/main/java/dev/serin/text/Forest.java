package dev.serin.text;

import com.google.common.collect.ImmutableList;
import dev.serin.text.Problem.Code;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The documents of one file while they are read, and the limits that keep a hostile file cheap.
 * Confined to the call that reads the file.
 */
final class Forest {

  static final int MAX_DOCUMENT_CHARS = 1 << 20;
  static final int MAX_FILE_CHARS = 8 << 20;
  static final int MAX_DEPTH = 50;
  static final int MAX_ALIASES = 20;

  /** In one file; the largest sensible policy has some hundreds. */
  static final int MAX_NODES = 50_000;

  /** Reading a file stops here; what was read before stays. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1;
    final int line;
    final Code code;

    Refused(int line, Code code, String message) {
      super(message, null, false, false);
      this.line = line;
      this.code = code;
    }
  }

  private final String file;
  private final List<Tree> documents = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();
  private final Deque<String> path = new ArrayDeque<>();
  private int nodes;

  Forest(String file) {
    this.file = file;
  }

  ImmutableList<Tree> documents() {
    return ImmutableList.copyOf(documents);
  }

  ImmutableList<Problem> problems() {
    return ImmutableList.copyOf(problems);
  }

  /** Adds a document; a list is several. */
  void plant(Tree tree) {
    switch (tree) {
      case Tree.Items items -> documents.addAll(items.items());
      case Tree.Absent absent -> {}
      case Tree.Text text -> documents.add(text);
      case Tree.Fields fields -> documents.add(fields);
    }
  }

  void problem(int line, Code code, String message, String hint) {
    problem("", line, code, message, hint);
  }

  private void problem(String at, int line, Code code, String message, String hint) {
    problems.add(new Problem(file, line, at, code, Problem.Severity.ERROR, message, hint));
  }

  /** What is read next stands under this key. */
  void enter(String key) {
    path.addLast(place(key));
  }

  /** What is read next stands at this place of a list; a list at the top is several documents. */
  void enter(int index, int depth) {
    path.addLast(depth == 0 ? "" : here() + "[" + index + "]");
  }

  void leave() {
    path.removeLast();
  }

  /** After something that could not be read to its end. */
  void leaveAll() {
    path.clear();
  }

  /** Counts nodes, and refuses more than {@link #MAX_NODES} of them. */
  void grow(int count, int line) throws Refused {
    nodes += count;
    if (nodes > MAX_NODES) {
      throw new Refused(
          line, Code.TOO_LARGE, "more than " + MAX_NODES + " values (expected: fewer)");
    }
  }

  int nodes() {
    return nodes;
  }

  void checkDepth(int depth, int line) throws Refused {
    if (depth > MAX_DEPTH) {
      throw new Refused(
          line, Code.TOO_LARGE, "nested deeper than " + MAX_DEPTH + " levels (expected: flatter)");
    }
  }

  /** A map without its repeated keys, each of which is a problem. */
  Tree.Fields distinct(List<Tree.Field> fields, int line) {
    Set<String> seen = new HashSet<>();
    ImmutableList.Builder<Tree.Field> kept = ImmutableList.builder();
    for (Tree.Field field : fields) {
      if (seen.add(field.key())) {
        kept.add(field);
      } else {
        problem(
            place(field.key()),
            field.line(),
            Code.DUPLICATE,
            "key " + Shown.value(field.key()) + " twice in one map (expected: once)",
            "");
      }
    }
    return new Tree.Fields(kept.build(), line);
  }

  private String place(String key) {
    return here().isEmpty() ? Shown.value(key) : here() + "." + Shown.value(key);
  }

  private String here() {
    return path.isEmpty() ? "" : path.getLast();
  }
}

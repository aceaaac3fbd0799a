package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * One file while it is read: the limits that keep a hostile one cheap, what is wrong with it, and
 * the lines of what was read. Confined to the call that reads the file.
 */
final class TreeBudget {
  /** The largest dumps of real proxies have some tens of megabytes. */
  static final int MAX_BYTES = 128 << 20;

  static final int MAX_DEPTH = 100;

  /** In one file, aliases included: each is counted with everything that it repeats. */
  static final int MAX_NODES = 8_000_000;

  /** What aliases may repeat: a bomb grows by nothing else. */
  static final int MAX_REPEATED = 100_000;

  /** Reading a document stops here. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1;
    final int line;

    Refused(int line, String message) {
      super(message, null, false, false);
      this.line = line;
    }
  }

  private final String file;
  private final List<JsonNode> documents = new ArrayList<>();
  private final List<DocumentProblem> problems = new ArrayList<>();
  private final IdentityHashMap<JsonNode, Integer> lines = new IdentityHashMap<>();
  private int nodes;
  private int repeated;

  TreeBudget(String file) {
    this.file = file;
  }

  String file() {
    return file;
  }

  List<JsonNode> documents() {
    return documents;
  }

  List<DocumentProblem> problems() {
    return problems;
  }

  void problem(int line, String message) {
    problems.add(new DocumentProblem(file, Math.max(1, line), message));
  }

  void document(JsonNode tree, int line) {
    if (!tree.isNull()) {
      lines.putIfAbsent(tree, line);
      documents.add(tree);
    }
  }

  /** Remembers where a map or a list began. */
  void began(JsonNode tree, int line) {
    lines.put(tree, line);
  }

  /** The line of a map or a list; 1 for what is not of this file. */
  int line(JsonNode tree) {
    return lines.getOrDefault(tree, 1);
  }

  int nodes() {
    return nodes;
  }

  void grow(int line, int depth) throws Refused {
    if (depth > MAX_DEPTH) {
      throw new Refused(line, "nested deeper than " + MAX_DEPTH + " levels (expected: flatter)");
    }
    grow(line, 1L);
  }

  void repeat(int line, int count) throws Refused {
    repeated += count;
    if (repeated > MAX_REPEATED) {
      throw new Refused(
          line, "aliases that repeat more than " + MAX_REPEATED + " values (expected: fewer)");
    }
    grow(line, (long) count);
  }

  private void grow(int line, long count) throws Refused {
    nodes += (int) count;
    if (nodes > MAX_NODES) {
      throw new Refused(line, "more than " + MAX_NODES + " values (expected: fewer)");
    }
  }

  /** A value as it may stand in a message. */
  static String shown(String text) {
    String visible = text.replaceAll("\\p{Cntrl}", "?");
    return visible.length() > 80 ? visible.substring(0, 80) + "..." : visible;
  }
}

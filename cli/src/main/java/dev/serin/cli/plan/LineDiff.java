package dev.serin.cli.plan;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The difference between two texts as unified hunks. Lines that stand once in both are paired first
 * and hold the rest in place, so that a table of a hundred thousand lines costs little and a
 * changed route is not smeared over its neighbours.
 */
final class LineDiff {
  /** Lines around a change, for the reader. */
  private static final int CONTEXT = 3;

  /** Without lines to hold on to, and beyond this many differences, all of it is replaced. */
  private static final int MAX_DIFFERENCES = 2_000;

  private final List<String> before;
  private final List<String> after;

  /** Which lines stay, by their place in each text. */
  private final boolean[] kept;

  private final boolean[] keptAfter;

  private LineDiff(List<String> before, List<String> after) {
    this.before = before;
    this.after = after;
    this.kept = new boolean[before.size()];
    this.keptAfter = new boolean[after.size()];
  }

  /** Hunks with their headers, as lines; none for equal texts. */
  static ImmutableList<String> of(List<String> before, List<String> after) {
    LineDiff diff = new LineDiff(before, after);
    diff.pair(0, before.size(), 0, after.size());
    return diff.hunks();
  }

  private void pair(int a0, int a1, int b0, int b1) {
    int a = a0;
    int b = b0;
    while (a < a1 && b < b1 && before.get(a).equals(after.get(b))) {
      keep(a++, b++);
    }
    int aEnd = a1;
    int bEnd = b1;
    while (a < aEnd && b < bEnd && before.get(aEnd - 1).equals(after.get(bEnd - 1))) {
      keep(--aEnd, --bEnd);
    }
    if (a == aEnd || b == bEnd) {
      return;
    }
    List<int[]> anchors = anchors(a, aEnd, b, bEnd);
    if (anchors.isEmpty()) {
      shortest(a, aEnd, b, bEnd);
      return;
    }
    for (int[] anchor : anchors) {
      pair(a, anchor[0], b, anchor[1]);
      keep(anchor[0], anchor[1]);
      a = anchor[0] + 1;
      b = anchor[1] + 1;
    }
    pair(a, aEnd, b, bEnd);
  }

  private void keep(int a, int b) {
    kept[a] = true;
    keptAfter[b] = true;
  }

  /** Pairs of lines that stand once on each side, in an order that both sides have. */
  private List<int[]> anchors(int a0, int a1, int b0, int b1) {
    Map<String, Integer> once = placesOfUnique(after, b0, b1);
    Map<String, Integer> mine = placesOfUnique(before, a0, a1);
    List<int[]> pairs = new ArrayList<>();
    for (int a = a0; a < a1; a++) {
      String line = before.get(a);
      Integer b = once.get(line);
      if (b != null && b >= 0 && mine.getOrDefault(line, -1) >= 0) {
        pairs.add(new int[] {a, b});
      }
    }
    return longestRising(pairs);
  }

  /** By line; -1 for one that stands there more than once. */
  private static Map<String, Integer> placesOfUnique(List<String> lines, int from, int to) {
    Map<String, Integer> places = new HashMap<>();
    for (int i = from; i < to; i++) {
      places.merge(lines.get(i), i, (one, other) -> -1);
    }
    return places;
  }

  private static List<int[]> longestRising(List<int[]> pairs) {
    int[] lastOfLength = new int[pairs.size()];
    int[] previous = new int[pairs.size()];
    int length = 0;
    for (int i = 0; i < pairs.size(); i++) {
      int low = 0;
      int high = length;
      while (low < high) {
        int middle = (low + high) / 2;
        if (pairs.get(lastOfLength[middle])[1] < pairs.get(i)[1]) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      previous[i] = low == 0 ? -1 : lastOfLength[low - 1];
      lastOfLength[low] = i;
      length = Math.max(length, low + 1);
    }
    int[][] rising = new int[length][];
    int at = length == 0 ? -1 : lastOfLength[length - 1];
    for (int i = length - 1; i >= 0; i--) {
      rising[i] = pairs.get(at);
      at = previous[at];
    }
    return Arrays.asList(rising);
  }

  /** Myers' greedy search for the fewest differences. */
  private void shortest(int a0, int a1, int b0, int b1) {
    int n = a1 - a0;
    int m = b1 - b0;
    int most = Math.min(n + m, MAX_DIFFERENCES);
    List<int[]> trace = new ArrayList<>();
    int[] furthest = new int[2 * most + 3];
    int zero = most + 1;
    for (int d = 0; d <= most; d++) {
      trace.add(Arrays.copyOfRange(furthest, zero - d - 1, zero + d + 2));
      for (int k = -d; k <= d; k += 2) {
        boolean down = k == -d || (k != d && furthest[zero + k - 1] < furthest[zero + k + 1]);
        int x = down ? furthest[zero + k + 1] : furthest[zero + k - 1] + 1;
        while (x < n && x - k < m && before.get(a0 + x).equals(after.get(b0 + x - k))) {
          x++;
        }
        furthest[zero + k] = x;
        if (x >= n && x - k >= m) {
          walkBack(trace, a0, n, b0, m);
          return;
        }
      }
    }
  }

  private void walkBack(List<int[]> trace, int a0, int n, int b0, int m) {
    int x = n;
    int y = m;
    for (int d = trace.size() - 1; d >= 0; d--) {
      int[] furthest = trace.get(d); // of k from -d - 1 to d + 1
      int k = x - y;
      boolean down = k == -d || (k != d && furthest[k - 1 + d + 1] < furthest[k + 1 + d + 1]);
      int previousK = down ? k + 1 : k - 1;
      int previousX = d == 0 ? 0 : furthest[previousK + d + 1];
      int previousY = d == 0 ? 0 : previousX - previousK;
      while (x > previousX && y > previousY) {
        keep(a0 + --x, b0 + --y);
      }
      x = previousX;
      y = previousY;
    }
  }

  private ImmutableList<String> hunks() {
    ImmutableList.Builder<String> lines = ImmutableList.builder();
    List<String> hunk = new ArrayList<>();
    int startA = 0;
    int startB = 0;
    int a = 0;
    int b = 0;
    int quiet = 0;
    while (a < before.size() || b < after.size()) {
      boolean same = a < before.size() && b < after.size() && kept[a] && keptAfter[b];
      if (same && hunk.isEmpty()) {
        a++;
        b++;
        continue;
      }
      if (hunk.isEmpty()) {
        int context = Math.min(CONTEXT, a);
        startA = a - context;
        startB = b - context;
        before.subList(startA, a).forEach(line -> hunk.add(" " + line));
        quiet = 0;
      }
      if (same) {
        quiet++;
        hunk.add(" " + before.get(a));
        a++;
        b++;
        if (quiet > 2 * CONTEXT) {
          lines.addAll(closed(hunk, quiet - CONTEXT, startA, startB));
          hunk.clear();
        }
      } else if (a < before.size() && !kept[a]) {
        hunk.add("-" + before.get(a++));
        quiet = 0;
      } else {
        hunk.add("+" + after.get(b++));
        quiet = 0;
      }
    }
    if (!hunk.isEmpty()) {
      lines.addAll(closed(hunk, Math.max(0, quiet - CONTEXT), startA, startB));
    }
    return lines.build();
  }

  private static List<String> closed(List<String> hunk, int tooMany, int startA, int startB) {
    List<String> lines = hunk.subList(0, hunk.size() - tooMany);
    long a = lines.stream().filter(line -> line.charAt(0) != '+').count();
    long b = lines.stream().filter(line -> line.charAt(0) != '-').count();
    List<String> closed = new ArrayList<>();
    closed.add("@@ -" + range(startA, a) + " +" + range(startB, b) + " @@");
    closed.addAll(lines);
    return closed;
  }

  /** A range of nothing stands behind the line before it. */
  private static String range(int start, long count) {
    return (count == 0 ? start : start + 1) + (count == 1 ? "" : "," + count);
  }
}

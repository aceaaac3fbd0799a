package dev.serin.server.config;

import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Guesses which known word an unknown one was meant to be. */
final class NearMiss {

  private NearMiss() {}

  /** The nearest of the candidates, when it is near enough to be worth saying. */
  static Optional<String> of(String word, Stream<String> candidates) {
    String given = word.toLowerCase(Locale.ROOT);
    int reach = Math.max(1, Math.min(3, given.length() / 4));
    return candidates
        .sorted()
        .min(Comparator.comparingInt(c -> distance(given, c.toLowerCase(Locale.ROOT))))
        .filter(best -> distance(given, best.toLowerCase(Locale.ROOT)) <= reach);
  }

  /** Insertions, deletions and replacements (Levenshtein 1966). */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}

package dev.serin.bench.measure;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A table of Markdown, its columns aligned so that it reads as plain text too. */
public final class Table {
  private final List<String> head;
  private final List<List<String>> rows = new ArrayList<>();
  private final List<Integer> notes = new ArrayList<>();

  public Table(String... head) {
    this.head = List.of(head);
  }

  /** Adds a row of as many cells as the head has. */
  public void row(List<String> cells) {
    if (cells.size() != head.size()) {
      throw new IllegalArgumentException(
          "cells: " + cells.size() + " (expected: " + head.size() + ")");
    }
    rows.add(List.copyOf(cells));
  }

  /** Adds a row that says one thing, in its first cell; columns do not grow for it. */
  public void note(String text) {
    notes.add(rows.size());
    List<String> cells = new ArrayList<>(Collections.nCopies(head.size(), ""));
    cells.set(0, text.replaceAll("[|\\s]+", " "));
    rows.add(List.copyOf(cells));
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    line(text, head);
    List<String> rule = new ArrayList<>();
    for (int i = 0; i < head.size(); i++) {
      rule.add(i == 0 ? "-".repeat(width(i)) : "-".repeat(width(i) - 1) + ":");
    }
    line(text, rule);
    rows.forEach(row -> line(text, row));
    return text.toString();
  }

  private void line(StringBuilder text, List<String> cells) {
    List<String> padded = new ArrayList<>();
    for (int i = 0; i < cells.size(); i++) {
      String gap = " ".repeat(Math.max(0, width(i) - cells.get(i).length()));
      padded.add(i == 0 ? cells.get(i) + gap : gap + cells.get(i));
    }
    text.append(padded.stream().collect(Collectors.joining(" | ", "| ", " |\n")));
  }

  private int width(int column) {
    return Math.max(
        Math.max(2, head.get(column).length()),
        IntStream.range(0, rows.size())
            .filter(row -> !notes.contains(row))
            .map(row -> rows.get(row).get(column).length())
            .max()
            .orElse(0));
  }
}

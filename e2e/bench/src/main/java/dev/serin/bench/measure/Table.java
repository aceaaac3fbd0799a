package dev.serin.bench.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A table of Markdown, its columns aligned so that it reads as plain text too. */
public final class Table {
  private final List<String> head;
  private final List<List<String>> rows = new ArrayList<>();

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
      String gap = " ".repeat(width(i) - cells.get(i).length());
      padded.add(i == 0 ? cells.get(i) + gap : gap + cells.get(i));
    }
    text.append(padded.stream().collect(Collectors.joining(" | ", "| ", " |\n")));
  }

  private int width(int column) {
    return Math.max(
        Math.max(2, head.get(column).length()),
        rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0));
  }
}

package dev.serin.bench;

import dev.serin.bench.measure.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A profile in tables.
 *
 * @param allocations by class and site
 * @param running by method
 * @param counted bytes that the JVM itself has counted meanwhile
 * @param shares into which the bytes are divided: pushes times streams
 */
record ProfileReport(
    List<Allocation> allocations, List<Running> running, long counted, long shares) {
  private static final int ROWS = 15;

  record Allocation(String owner, String type, String site, long bytes, long samples) {}

  record Running(String owner, String method, long samples) {}

  /** Of the lines that a server answers. */
  static ProfileReport of(List<String> lines, long counted, long shares) {
    List<Allocation> allocations = new ArrayList<>();
    List<Running> running = new ArrayList<>();
    for (String line : lines) {
      String[] words = line.split("\t", -1);
      switch (words[0]) {
        case "allocated" ->
            allocations.add(
                new Allocation(
                    words[1],
                    words[2],
                    words[3],
                    Long.parseLong(words[4]),
                    Long.parseLong(words[5])));
        case "ran" -> running.add(new Running(words[1], words[2], Long.parseLong(words[3])));
        default ->
            throw new IllegalArgumentException(
                "line of a profile: \"" + line + "\" (expected: allocated or ran)");
      }
    }
    allocations.sort(Comparator.comparingLong(Allocation::bytes).reversed());
    running.sort(Comparator.comparingLong(Running::samples).reversed());
    return new ProfileReport(List.copyOf(allocations), List.copyOf(running), counted, shares);
  }

  @Override
  public String toString() {
    return owners() + "\n" + sites() + "\n" + methods();
  }

  private Table owners() {
    Map<String, long[]> byOwner = new LinkedHashMap<>();
    for (Allocation one : allocations) {
      long[] sum = byOwner.computeIfAbsent(one.owner(), owner -> new long[2]);
      sum[0] += one.bytes();
      sum[1] += one.samples();
    }
    Table table = new Table("allocated by the code of", "B/stream and push", "of all", "samples");
    byOwner.entrySet().stream()
        .sorted(
            Comparator.comparingLong((Map.Entry<String, long[]> e) -> e.getValue()[0]).reversed())
        .forEach(e -> table.row(row(e.getKey(), e.getValue()[0], e.getValue()[1])));
    table.row(row("all, by samples", sampled(), samples()));
    table.row(List.of("all, as the JVM counts", perShare(counted), "", ""));
    return table;
  }

  private List<String> row(String title, long bytes, long samples) {
    return List.of(title, perShare(bytes), percent(bytes, sampled()), Long.toString(samples));
  }

  private Table sites() {
    Table table = new Table("class and site", "of", "B/stream and push", "of all", "samples");
    for (Allocation one : allocations.subList(0, Math.min(ROWS, allocations.size()))) {
      table.row(
          List.of(
              one.type() + ": " + one.site(),
              one.owner(),
              perShare(one.bytes()),
              percent(one.bytes(), sampled()),
              Long.toString(one.samples())));
    }
    return table;
  }

  private Table methods() {
    long all = running.stream().mapToLong(Running::samples).sum();
    Map<String, Long> byOwner = new LinkedHashMap<>();
    running.forEach(one -> byOwner.merge(one.owner(), one.samples(), Long::sum));
    Table table = new Table("on a CPU, in Java code", "of", "of all", "samples");
    byOwner.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .forEach(e ->
            table.row(
                List.of("all", e.getKey(), percent(e.getValue(), all), e.getValue().toString())));
    for (Running one : running.subList(0, Math.min(ROWS, running.size()))) {
      table.row(
          List.of(
              one.method(),
              one.owner(),
              percent(one.samples(), all),
              Long.toString(one.samples())));
    }
    return table;
  }

  private long sampled() {
    return allocations.stream().mapToLong(Allocation::bytes).sum();
  }

  private long samples() {
    return allocations.stream().mapToLong(Allocation::samples).sum();
  }

  private String perShare(long bytes) {
    return PushReport.number((double) bytes / shares);
  }

  private static String percent(long part, long all) {
    return all == 0 ? "" : PushReport.number(100.0 * part / all) + " %";
  }
}

package dev.serin.cli.judge;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * What a scenario's runs must come to.
 *
 * @param leastRollbacks rate
 * @param mostRollbacks rate
 * @param rollbackS median seconds to the rollback, at most
 * @param fullS median seconds to nine tenths of the traffic, at most
 * @param spoiled median of the requests that fail more than stable's would have, at most
 */
record Band(
    String scenario,
    double leastRollbacks,
    double mostRollbacks,
    double rollbackS,
    double fullS,
    double spoiled) {

  private static final String FILE = "/judge/bands.csv";

  boolean healthy() {
    return mostRollbacks < 0.5;
  }

  @Override
  public String toString() {
    return scenario;
  }

  static List<Band> all() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(Band.class.getResourceAsStream(FILE), FILE),
                StandardCharsets.UTF_8))) {
      return lines.lines().filter(line -> !line.startsWith("#")).map(Band::parse).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(FILE, e);
    }
  }

  private static Band parse(String line) {
    String[] cells = line.split(",", -1);
    return new Band(
        cells[0],
        Double.parseDouble(cells[1]),
        Double.parseDouble(cells[2]),
        bound(cells[3]),
        bound(cells[4]),
        bound(cells[5]));
  }

  private static double bound(String cell) {
    return cell.isEmpty() ? Double.POSITIVE_INFINITY : Double.parseDouble(cell);
  }
}

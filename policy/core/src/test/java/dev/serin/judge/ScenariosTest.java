package dev.serin.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import dev.serin.policy.Analysis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Streams of healthy and faulty releases, judged by the judge and by {@link ScalarReference}. Some
 * are drawn here; recorded ones lie beside the repository in {@code shared/judge/scenarios}, or
 * where the property or variable {@code SERIN_SHARED} says.
 */
final class ScenariosTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** {@code ln(1/(0.8 * 1 %))}. */
  private static final double BOUND = Math.log(125);

  private static final long SEED = 20261125;

  static List<DrawnStream> drawn() {
    return List.of(
        new DrawnStream(1000, 0.001, 0, 1, 1, false, false),
        new DrawnStream(1000, 0.005, 0, 5, 1, true, true),
        new DrawnStream(10, 0.001, 0, 1, 1, true, false),
        new DrawnStream(0.2, 0.01, 0.5, 1, 1, false, false),
        new DrawnStream(1000, 0.001, 0.01, 1, 1, true, false),
        new DrawnStream(100, 0.01, 0.01, 3, 1, false, true),
        new DrawnStream(200, 0.001, 0, 1, 1.5, true, false),
        new DrawnStream(5000, 0.0001, 0.0005, 1, 1.1, false, false));
  }

  @ParameterizedTest
  @MethodSource("drawn")
  void everyDrawnStreamIsDecidedAsTheFormulasSay(DrawnStream stream) {
    System.out.println("seed " + SEED + ", " + stream);
    Random random = new Random(SEED);
    JsonNode history = stream.history(random);
    JsonNode windows = stream.windows(random);
    int known = compare(Optional.of(history), windows, "with history");
    int unknown = compare(Optional.empty(), windows, "without history");
    System.out.println("rollback at window " + known + ", without history " + unknown);
    assertThat(known >= 0).as("rolled back").isEqualTo(stream.worse() > 0 || stream.slower() > 1);
  }

  @Test
  void everyStreamIsDecidedAsTheFormulasSay() throws IOException {
    Path folder = scenarios();
    JsonNode bands = JSON.readTree(folder.resolve("bands.json").toFile()).get("bands");
    int streams = 0;
    for (String name : ImmutableSortedSet.copyOf(bands.fieldNames())) {
      Path file = folder.resolve(fileName(name));
      assertThat(file).as(name).exists();
      int decided = compare(Optional.empty(), read(file), name);
      boolean healthy = bands.get(name).get("healthy").asBoolean();
      System.out.printf(
          "%-28s %s: %s%n",
          name,
          healthy ? "healthy" : "faulty ",
          decided < 0 ? "no rollback" : "rollback after " + 10 * (decided + 1) + " s");
      assertThat(healthy && decided >= 0).as(name + " is healthy and was rolled back").isFalse();
      streams++;
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.filter(f -> f.toString().endsWith(".jsonl")).count()).isEqualTo(streams);
    }
  }

  private static JsonNode read(Path file) throws IOException {
    ArrayNode windows = JSON.createArrayNode();
    for (String line : Files.readAllLines(file)) {
      windows.add(JSON.readTree(line));
    }
    return windows;
  }

  /** Compares window by window; returns the window of the rollback, -1 for none. */
  private static int compare(Optional<JsonNode> history, JsonNode windows, String name) {
    Baseline baseline = history.map(ScenariosTest::baseline).orElse(Baseline.NONE);
    Judge judge = Judge.start(Analysis.DEFAULT, baseline, ImmutableSortedMap.of("local", 1.0));
    ScalarReference reference = new ScalarReference();
    history.ifPresent(reference::history);
    int decided = -1;
    for (int i = 0; i < windows.size(); i++) {
      String where = name + " window " + i;
      judge = judge.observe(window(windows.get(i)));
      reference.window(windows.get(i));
      double lnE = Math.log(reference.eValues.get(i));
      Gate gate = judge.gate();
      assertThat(judge.verdict().evidence())
          .as(where)
          .isCloseTo(lnE, within(1e-9 * Math.max(1, Math.abs(lnE))));
      assertThat(gate.harmShown()).as(where + ": harm shown").isEqualTo(lnE >= BOUND);
      assertThat(gate.harmRuledOut())
          .as(where + ": harm ruled out")
          .isEqualTo(reference.excluded.get(i));
      decided = decided < 0 && gate.harmShown() ? i : decided;
    }
    return decided;
  }

  private static Baseline baseline(JsonNode history) {
    ImmutableList.Builder<Baseline.Block> blocks = ImmutableList.builder();
    long requests = 0;
    long errors = 0;
    for (JsonNode line : history) {
      ArmCounts a = arm(line.get("a"));
      ArmCounts b = arm(line.get("b"));
      Duration length = Duration.ofSeconds(line.get("durationS").asLong());
      blocks.add(new Baseline.Block(length, a, b));
      requests += a.requests() + b.requests();
      errors += a.errors() + b.errors();
    }
    return new Baseline(blocks.build(), Histogram.NONE, requests, errors);
  }

  private static Window window(JsonNode line) {
    boolean missing = !line.get("missing").isEmpty();
    ImmutableSortedMap<String, Window.Arms> arms =
        missing
            ? ImmutableSortedMap.of()
            : ImmutableSortedMap.of(
                "local",
                new Window.Arms(
                    arm(line.get("versions").get("canary")),
                    arm(line.get("versions").get("stable"))));
    int ppm = (int) Math.round(line.get("weight").asDouble() * 1e6);
    return new Window(
        ppm,
        line.get("t").asDouble(),
        Duration.ofSeconds(line.get("durationS").asLong()),
        ppm,
        arms,
        ImmutableSortedMap.of(),
        !missing && !line.get("counterReset").asBoolean());
  }

  private static ArmCounts arm(JsonNode version) {
    List<Double> le = new ArrayList<>();
    version
        .get("latency")
        .get("le")
        .forEach(e -> le.add(e.isNumber() ? e.asDouble() : Double.POSITIVE_INFINITY));
    List<Long> counts = new ArrayList<>();
    version.get("latency").get("counts").forEach(c -> counts.add(c.asLong()));
    return new ArmCounts(
        version.get("requests").asLong(),
        version.get("errors").asLong(),
        new Histogram(ImmutableDoubleArray.copyOf(le), ImmutableLongArray.copyOf(counts)));
  }

  private static String fileName(String band) {
    return band.replaceAll("[^A-Za-z0-9+.]+", "_") + ".jsonl";
  }

  private static Path scenarios() {
    String shared =
        Objects.requireNonNullElse(
            System.getProperty("SERIN_SHARED", System.getenv("SERIN_SHARED")), "../../../shared");
    Path folder = Path.of(shared).resolve("judge/scenarios").toAbsolutePath().normalize();
    if (!Files.isDirectory(folder)) {
      System.err.println("SKIPPED: no recorded streams at " + folder + " (set SERIN_SHARED)");
    }
    Assumptions.assumeTrue(
        Files.isDirectory(folder), "no recorded streams at " + folder + " (set SERIN_SHARED)");
    return folder;
  }
}

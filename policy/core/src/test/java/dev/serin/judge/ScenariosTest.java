package dev.serin.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Recorded streams of healthy and faulty releases, judged by the judge and by {@link
 * ScalarReference}. The streams lie beside the repository in {@code shared/judge/scenarios}, or
 * where the property or variable {@code SERIN_SHARED} says.
 */
final class ScenariosTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** {@code ln(1/(0.8 * 1 %))}. */
  private static final double BOUND = Math.log(125);

  @Test
  void everyStreamIsDecidedAsTheFormulasSay() throws IOException {
    Path folder = scenarios();
    JsonNode bands = JSON.readTree(folder.resolve("bands.json").toFile()).get("bands");
    int streams = 0;
    for (String name : ImmutableSortedSet.copyOf(bands.fieldNames())) {
      Path file = folder.resolve(fileName(name));
      assertThat(file).as(name).exists();
      int decided = compare(file);
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

  /** Compares window by window; returns the window of the rollback, -1 for none. */
  private static int compare(Path file) throws IOException {
    Judge judge = Judge.start(Analysis.DEFAULT, Baseline.NONE, ImmutableSortedMap.of("local", 1.0));
    ScalarReference reference = new ScalarReference();
    List<String> lines = Files.readAllLines(file);
    int ours = -1;
    int theirs = -1;
    for (int i = 0; i < lines.size(); i++) {
      JsonNode line = JSON.readTree(lines.get(i));
      judge = judge.observe(window(line));
      reference.window(line);
      double lnE = Math.log(reference.eValues.get(i));
      assertThat(judge.verdict().evidence())
          .as(file.getFileName() + " window " + i)
          .isCloseTo(lnE, within(1e-9 * Math.max(1, Math.abs(lnE))));
      boolean harm = judge.gate().harmShown();
      assertThat(harm).isEqualTo(judge.verdict().state() == Verdict.State.UNHEALTHY);
      ours = ours < 0 && harm ? i : ours;
      theirs = theirs < 0 && lnE >= BOUND ? i : theirs;
    }
    assertThat(ours).as(file.getFileName() + ": window of the rollback").isEqualTo(theirs);
    return ours;
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

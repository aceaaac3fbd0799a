package dev.serin.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HostileTextTest {

  private static final Duration FAST = Duration.ofMillis(200);

  /** Classes are loaded once; the bound is on the work of each text. */
  @BeforeAll
  static void warmUp() {
    for (int i = 0; i < 50; i++) {
      ResourceReader.read("warm.yaml", "a: [1, {b: c}]\n---\n- x\n");
      ResourceReader.read("warm.json", "{\"a\": [1, {\"b\": null}]}");
    }
  }

  private static void refusedFast(String file, String text, Problem.Code code) {
    long before = cpuNanos();
    Reading reading = ResourceReader.read(file, text);
    Duration cpu = Duration.ofNanos(cpuNanos() - before);
    assertThat(reading.problems()).extracting(Problem::code).contains(code);
    assertThat(reading.resources()).isEmpty();
    assertThat(cpu).as("%d characters", text.length()).isLessThan(FAST);
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  @Test
  void laughsAreRefused() {
    StringBuilder text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++) {
      String alias = "*a" + (i - 1);
      String ten = String.join(", ", Collections.nCopies(10, alias));
      text.append("a%d: &a%d [%s]\n".formatted(i, i, ten));
    }
    refusedFast("laughs.yaml", text.toString(), Problem.Code.TOO_LARGE);
  }

  @Test
  void aliasesThatDoubleAreRefused() {
    StringBuilder text = new StringBuilder("a0: &a0 {k: [" + "x, ".repeat(10_000) + "x]}\n");
    for (int i = 1; i < 10; i++) {
      text.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }
    refusedFast("doubling.yaml", text.toString(), Problem.Code.TOO_LARGE);
  }

  @Test
  void documentThatHoldsItselfIsRefused() {
    refusedFast("self.yaml", "&a [*a]\n", Problem.Code.SYNTAX);
  }

  @Test
  void depthIsRefused() {
    refusedFast("deep.yaml", "[".repeat(100_000), Problem.Code.TOO_LARGE);
    refusedFast("deep.json", "[".repeat(100_000), Problem.Code.TOO_LARGE);
    refusedFast("maps.json", "{\"a\":".repeat(100_000), Problem.Code.TOO_LARGE);
  }

  @Test
  void manyValuesAreRefused() {
    refusedFast("many.yaml", "- a\n".repeat(250_000), Problem.Code.TOO_LARGE);
    refusedFast("many.json", "[" + "1,".repeat(500_000) + "1]", Problem.Code.TOO_LARGE);
  }

  @Test
  void hugeFilesAreRefused() {
    refusedFast("huge.yaml", "a".repeat(9 << 20), Problem.Code.TOO_LARGE);
    refusedFast("huge.json", "\"" + "a".repeat(9 << 20), Problem.Code.TOO_LARGE);
  }

  @Test
  void hugeDocumentsAreRefused() {
    refusedFast("large.yaml", "a: \"" + "b".repeat(2 << 20) + "\"\n", Problem.Code.TOO_LARGE);
  }

  @Test
  void objectsOfTagsAreRefused() {
    refusedFast("tag.yaml", "!!javax.script.ScriptEngineManager [a]\n", Problem.Code.SYNTAX);
  }

  @Test
  void manyDigitsAreRefused() {
    refusedFast(
        "digits.yaml",
        "{apiVersion: serin.dev/v1, kind: CanaryPolicy, metadata: {name: a}, spec: {holdBack: "
            + "9".repeat(500_000)
            + "%}}",
        Problem.Code.BAD_VALUE);
  }

  @Test
  void bytesThatAreNoTextAreAProblem(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("latin.yaml");
    Files.write(file, "first: line\nname: caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
    Reading reading = ResourceReader.readFiles(List.of(file, folder.resolve("missing.yaml")));
    assertThat(reading.problems())
        .extracting(Problem::code, Problem::line, Problem::message)
        .containsExactly(
            tuple(Problem.Code.UNREADABLE, 2, "byte 0xe9 (expected: UTF-8)"),
            tuple(Problem.Code.UNREADABLE, 1, "no such file"));
  }

  /** Characters that YAML has no place for hide neither their line nor other mistakes. */
  @Test
  void controlCharactersAreToldWithTheirLine() {
    Reading reading =
        ResourceReader.read(
            "nul.yaml",
            "apiVersion: serin.dev/v1\nkind: CanaryPolicy\nmetadata: {name: \"a\u0000\"}\nspek: 1\n");
    assertThat(reading.problems())
        .extracting(Problem::code, Problem::line)
        .contains(tuple(Problem.Code.SYNTAX, 3), tuple(Problem.Code.UNKNOWN_KEY, 4));
  }

  @Test
  void documentsThatAreAllBrokenAreNotReadForEver() {
    refusedFast("broken.yaml", "---\n\tx\n".repeat(500_000), Problem.Code.SYNTAX);
  }

  @Test
  void mutatedFilesAreReadOrRefusedAndNeverThrow() throws IOException {
    List<String> seeds = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("src/test/golden"))) {
      for (Path file : files.sorted().toList()) {
        seeds.add(Files.readString(file));
      }
    }
    for (long seed = 0; seed < 1500; seed++) {
      Random random = new Random(seed);
      String text = mutate(seeds.get(random.nextInt(seeds.size())), random);
      String file = random.nextBoolean() ? "fuzz.yaml" : "fuzz.json";
      try {
        Reading reading = ResourceReader.read(file, text);
        References.check(reading.resources(), Catalog.EMPTY, References.Mode.LINT);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ":\n" + text, e);
      }
    }
  }

  private static final String[] PIECES = {
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    "- ",
    "\n",
    "\"",
    "'",
    "%",
    "pp",
    "&a ",
    "*a",
    "|\n",
    "!!int ",
    "\u0000",
    "\u2028",
    "\ud800",
    "null",
    "99999999999999999999",
    "-1",
    "0",
    "---\n",
    "\t",
    "#",
    "{}"
  };

  private static String mutate(String text, Random random) {
    StringBuilder out = new StringBuilder(text);
    for (int i = 1 + random.nextInt(6); i > 0 && !out.isEmpty(); i--) {
      int at = random.nextInt(out.length());
      int to = Math.min(out.length(), at + 1 + random.nextInt(12));
      switch (random.nextInt(4)) {
        case 0 -> out.delete(at, to);
        case 1 -> out.insert(at, PIECES[random.nextInt(PIECES.length)]);
        case 2 -> out.replace(at, to, PIECES[random.nextInt(PIECES.length)]);
        default -> out.insert(random.nextInt(out.length()), out.substring(at, to));
      }
    }
    return out.toString();
  }
}

package dev.serin.cli.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LineDiffTest {
  @Test
  void equalTextsHaveNoHunk() {
    assertThat(LineDiff.of(List.of("a", "b"), List.of("a", "b"))).isEmpty();
    assertThat(LineDiff.of(List.of(), List.of())).isEmpty();
  }

  @Test
  void aChangeStandsBetweenThreeLinesOfContext() {
    List<String> before = IntStream.range(0, 20).mapToObj(i -> "line " + i).toList();
    List<String> after = new ArrayList<>(before);
    after.set(10, "other");
    assertThat(LineDiff.of(before, after))
        .containsExactly(
            "@@ -8,7 +8,7 @@",
            " line 7",
            " line 8",
            " line 9",
            "-line 10",
            "+other",
            " line 11",
            " line 12",
            " line 13");
  }

  @Test
  void changesFarApartAreHunksOfTheirOwn() {
    List<String> before = IntStream.range(0, 40).mapToObj(i -> "line " + i).toList();
    List<String> after = new ArrayList<>(before);
    after.remove(30);
    after.addFirst("first");
    assertThat(LineDiff.of(before, after).stream().filter(line -> line.startsWith("@@")))
        .containsExactly("@@ -1,3 +1,4 @@", "@@ -28,7 +29,6 @@");
  }

  @Test
  void somethingNewIsAllAddition() {
    assertThat(LineDiff.of(List.of(), List.of("a", "b")))
        .containsExactly("@@ -0,0 +1,2 @@", "+a", "+b");
    assertThat(LineDiff.of(List.of("a"), List.of())).containsExactly("@@ -1 +0,0 @@", "-a");
  }

  @Test
  void hunksAppliedToTheOldTextGiveTheNewOne() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      List<String> before = drawn(random);
      List<String> after = random.nextBoolean() ? drawn(random) : edited(before, random);
      assertThat(applied(before, LineDiff.of(before, after))).isEqualTo(after);
    }
  }

  @Test
  void aHundredThousandLinesWithManyChangesTakeNoTimeToSpeakOf() {
    List<String> before = new ArrayList<>();
    List<String> after = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      before.addAll(List.of("- name: r" + i, "  match:", "    prefix: /", "  cluster: a"));
      after.addAll(List.of("- name: r" + i, "  match:", "    prefix: /", "  cluster: b", "  x: y"));
    }
    ImmutableList<String> hunks = LineDiff.of(before, after);
    assertThat(applied(before, hunks)).isEqualTo(after);
    assertThat(hunks.stream().filter(line -> line.startsWith("-"))).hasSize(20_000);
  }

  private static List<String> drawn(Random random) {
    return random.ints(random.nextInt(30), 0, 6).mapToObj(n -> "l" + n).toList();
  }

  private static List<String> edited(List<String> before, Random random) {
    List<String> after = new ArrayList<>(before);
    for (int i = random.nextInt(4); i > 0; i--) {
      int at = random.nextInt(after.size() + 1);
      if (at < after.size() && random.nextBoolean()) {
        after.remove(at);
      } else {
        after.add(at, "new" + random.nextInt(3));
      }
    }
    return after;
  }

  /** What {@code patch} does, which believes the numbers of the lines. */
  private static List<String> applied(List<String> before, List<String> hunks) {
    List<String> after = new ArrayList<>();
    int at = 0;
    for (String line : hunks) {
      if (line.startsWith("@@")) {
        String[] range = line.substring(4, line.indexOf(' ', 4)).split(",", 2);
        int start = Integer.parseInt(range[0]);
        int from = range.length == 2 && range[1].equals("0") ? start : start - 1;
        after.addAll(before.subList(at, from));
        at = from;
      } else if (line.startsWith("+")) {
        after.add(line.substring(1));
      } else {
        assertThat(before.get(at)).isEqualTo(line.substring(1));
        if (line.startsWith(" ")) {
          after.add(line.substring(1));
        }
        at++;
      }
    }
    after.addAll(before.subList(at, before.size()));
    return after;
  }
}

package dev.serin.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * That the simulation finds bugs: each of {@link Bug} is put in and has to be found. With {@code
 * -Dserin.sim.table=true} the table in docs/reliability.md is written, else it is compared.
 */
class MutationTest {

  private static final int MOST_SEEDS = 300;
  private static final Path DOCS = Path.of("../../docs/reliability.md");
  private static final String BEGIN = "<!-- mutations -->\n";
  private static final String END = "<!-- /mutations -->";

  private record Found(long seed, Violation violation, int acts) {}

  private static Optional<Found> find(Bug bug) {
    for (long seed = 1; seed <= MOST_SEEDS; seed++) {
      Script script = Script.of(seed);
      Optional<Violation> violation = Simulation.run(script, bug).violation();
      boolean its = violation.filter(v -> v.invariant() == bug.invariant).isPresent();
      if (its) {
        int acts = Shrinker.shrink(script, bug).acts().size();
        return Optional.of(new Found(seed, violation.orElseThrow(), acts));
      }
    }
    return Optional.empty();
  }

  @Test
  void every_bug_is_found_by_the_invariant_that_forbids_it() throws IOException {
    List<Bug> missed = new ArrayList<>();
    StringBuilder table = new StringBuilder();
    table.append("| bug | found by | what was seen | seeds until found | acts after shrinking |\n");
    table.append("|---|---|---|---|---|\n");
    for (Bug bug : Bug.values()) {
      Optional<Found> found = find(bug);
      if (found.isEmpty()) {
        missed.add(bug);
      }
      found.ifPresent(f ->
          table.append(
              "| %s | invariant %d | %s | %d | %d |%n"
                  .formatted(
                      bug.story,
                      f.violation().invariant(),
                      f.violation().what().replaceAll("[:;].*", ""),
                      f.seed(),
                      f.acts())));
    }
    assertThat(missed).as("bugs that %d seeds do not find", MOST_SEEDS).isEmpty();
    String docs = Files.readString(DOCS);
    int from = docs.indexOf(BEGIN) + BEGIN.length();
    int to = docs.indexOf(END);
    if (Boolean.getBoolean("serin.sim.table")) {
      Files.writeString(DOCS, docs.substring(0, from) + table + docs.substring(to));
    } else {
      assertThat(docs.substring(from, to))
          .as("the table of docs/reliability.md; -Dserin.sim.table=true writes it")
          .isEqualTo(table.toString());
    }
  }
}

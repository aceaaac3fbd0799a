package dev.serin.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A fleet that comes and goes, stalls and refuses, through one rollout after another, a step a
 * second of time that is simulated: everything runs on this thread, so a seed tells the whole
 * story. How long it goes on is {@code -Dserin.soak} ({@code 30s}, {@code 10m}), the seed {@code
 * -Dserin.soak.seed}.
 */
class SoakTest {
  private static final Duration USUALLY = Duration.ofSeconds(20);

  /** Until then everything that is kept once for all has been seen. */
  private static final int WARM_SECONDS = 400;

  private static final int LEAST_SECONDS = 2 * WARM_SECONDS;

  @Test
  void fleetKeepsItsInvariantsAndMemoryStaysFlat() {
    long seed = Long.getLong("serin.soak.seed", new Random().nextLong());
    Duration length = length(System.getProperty("serin.soak", ""));
    System.out.printf("soak: seed %d, for %s%n", seed, length);
    long end = System.nanoTime() + length.toNanos();
    try (SoakMesh mesh = new SoakMesh(seed)) {
      long warm = 0;
      while (mesh.seconds() < LEAST_SECONDS || System.nanoTime() < end) {
        mesh.second();
        assertThat(mesh.broken()).as("seed %s, second %s", seed, mesh.seconds()).isEmpty();
        if (mesh.seconds() == WARM_SECONDS) {
          warm = liveBytes();
        }
      }
      long live = liveBytes();
      mesh.calmDown();
      assertThat(mesh.broken()).as("seed %s, calm again", seed).isEmpty();
      System.out.printf(
          "soak: %s, %d kB live of %d kB when warm%n", mesh.told(), live >> 10, warm >> 10);
      assertThat(live)
          .as("live bytes after %s seconds (seed %s), warm: %s", mesh.seconds(), seed, warm)
          .isLessThan(warm + warm / 4 + (8 << 20));
      mesh.wasWorthIt();
    }
  }

  private static Duration length(String given) {
    return given.isBlank() ? USUALLY : Duration.parse("PT" + given.toUpperCase(Locale.ROOT));
  }

  /**
   * The least of what four collections leave. The serial collector moves everything together in one
   * of four; the others leave holes, which count as used, and there is room for more of them the
   * longer it has run.
   */
  private static long liveBytes() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }
}

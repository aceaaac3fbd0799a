package dev.serin.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** CPU time of the whole machine: what neither server nor client used is noise, and is reported. */
public final class MachineClock {
  /** Linux says so to every program, whatever the kernel was built with. */
  private static final long TICK_NANOS = 10_000_000;

  private static final int IDLE = 3;
  private static final int IO_WAIT = 4;
  private static final int STEAL = 7;

  private MachineClock() {}

  /** Nanoseconds that all cores together were busy so far. */
  public static long busyNanos() throws IOException {
    String[] words = Files.readAllLines(Path.of("/proc/stat")).get(0).trim().split(" +", -1);
    long ticks = 0;
    for (int i = 0; i <= STEAL; i++) {
      if (i != IDLE && i != IO_WAIT) {
        ticks += Long.parseLong(words[i + 1]);
      }
    }
    return ticks * TICK_NANOS;
  }
}

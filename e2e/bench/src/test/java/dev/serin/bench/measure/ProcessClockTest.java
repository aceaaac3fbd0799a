package dev.serin.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class ProcessClockTest {
  private static final long WORK_NANOS = 30_000_000;

  @Test
  void cpuTimeRisesByTheWorkDoneAndKeepsThatOfThreadsThatEnded()
      throws IOException, InterruptedException {
    assumeThat(Files.exists(Path.of("/proc/self/task"))).as("the machine has /proc").isTrue();
    ProcessClock clock = new ProcessClock(ProcessHandle.current().pid());
    Thread worker = new Thread(ProcessClockTest::work);
    long before = clock.cpuNanos();
    worker.start();
    work();
    long during = clock.cpuNanos();
    worker.join();
    assertThat(during - before).as("this thread's work at least").isGreaterThan(WORK_NANOS / 2);
    assertThat(clock.cpuNanos()).as("nothing is taken back").isGreaterThanOrEqualTo(during);
  }

  @Test
  void memoryAndOpenFilesAreRead() throws IOException {
    assumeThat(Files.exists(Path.of("/proc/self/status"))).as("the machine has /proc").isTrue();
    assertThat(new ProcessClock(ProcessHandle.current().pid()).residentBytes())
        .isGreaterThan(1 << 20);
    assertThat(ProcessClock.openFiles()).isPositive();
    assertThat(MachineClock.busyNanos()).isPositive();
  }

  private static void work() {
    var threads = ManagementFactory.getThreadMXBean();
    long end = threads.getCurrentThreadCpuTime() + WORK_NANOS;
    while (threads.getCurrentThreadCpuTime() < end) {
      Thread.onSpinWait();
    }
  }
}

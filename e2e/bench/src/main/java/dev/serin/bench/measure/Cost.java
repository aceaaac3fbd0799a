package dev.serin.bench.measure;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * What a piece of work on one thread took. What it leaves to the collector counts as bytes, not as
 * CPU time.
 */
public record Cost(long wallNanos, long cpuNanos, long allocatedBytes) {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Does the work on this thread. */
  public static Cost of(Runnable work) {
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    long cpu = THREADS.getCurrentThreadCpuTime();
    long wall = System.nanoTime();
    work.run();
    long wallAfter = System.nanoTime();
    long cpuAfter = THREADS.getCurrentThreadCpuTime();
    return new Cost(
        wallAfter - wall, cpuAfter - cpu, THREADS.getCurrentThreadAllocatedBytes() - allocated);
  }
}

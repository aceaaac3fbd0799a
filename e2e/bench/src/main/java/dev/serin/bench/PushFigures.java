package dev.serin.bench;

import dev.serin.bench.measure.Figures;

/**
 * One push, as it was measured.
 *
 * @param latencies nanoseconds from the trigger until a stream saw it, ascending
 * @param callNanos how long the server's own call took
 * @param serverCpuNanos the server's CPU, with the handling of the ACKs
 * @param clientCpuNanos what the simulated proxies cost
 * @param otherCpuNanos what else ran on the machine
 * @param bytes read by all streams
 * @param allocated bytes that the server has allocated
 * @param missing streams that should have seen it and had not when the wait was over
 */
@SuppressWarnings("ArrayRecordComponent") // a result, never compared
record PushFigures(
    long[] latencies,
    long callNanos,
    long serverCpuNanos,
    long clientCpuNanos,
    long otherCpuNanos,
    long bytes,
    long allocated,
    int missing) {
  double p50Millis() {
    return Figures.quantile(latencies, 0.5) / 1e6;
  }

  double p99Millis() {
    return Figures.quantile(latencies, 0.99) / 1e6;
  }

  double maxMillis() {
    return Figures.quantile(latencies, 1) / 1e6;
  }
}

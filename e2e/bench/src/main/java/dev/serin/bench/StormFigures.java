package dev.serin.bench;

/**
 * All streams from nothing to everything.
 *
 * @param nanos until the last one had every resource
 * @param serverCpuNanos the server's CPU meanwhile, with the handling of the last ACKs
 * @param bytes read by all streams
 */
record StormFigures(long nanos, long serverCpuNanos, long bytes) {}

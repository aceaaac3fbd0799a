package dev.serin.e2e.traffic;

/**
 * A request that is not over yet; times are those of {@link System#nanoTime}.
 *
 * @param dueAt when the rate wanted it sent
 * @param expiresAt when it counts as lost
 */
record PendingRequest(long number, LoadPlan.Request request, long dueAt, long expiresAt) {}

/**
 * What the proxies saw, as evidence.
 *
 * <p>In flow the statistics that Envoys stream to {@link dev.serin.telemetry.MetricsReceiver};
 * {@link dev.serin.telemetry.EvidenceWindows} folds them into windows of a second for every watched
 * rollout and into a baseline for every service, and the control loop takes both out. Time is
 * always passed in. A stream is read on the thread of its own calls; the windows are one monitor,
 * because hundreds of streams write to them and one loop reads.
 */
@NullMarked
package dev.serin.telemetry;

import org.jspecify.annotations.NullMarked;

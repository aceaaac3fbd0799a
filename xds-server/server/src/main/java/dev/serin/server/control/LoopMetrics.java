package dev.serin.server.control;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** What the loop counts about itself. */
public final class LoopMetrics {
  private final Timer append;
  private final Counter storeErrors;
  private final Counter bugs;

  public LoopMetrics(MeterRegistry registry) {
    append =
        Timer.builder("serin.store.append")
            .description("Time of one durable append to the store.")
            .register(registry);
    storeErrors =
        Counter.builder("serin.store.errors")
            .description("Appends that the store refused or did not answer.")
            .register(registry);
    bugs =
        Counter.builder("serin.turns.failed")
            .description("Turns of the control loop that ended with an unexpected error.")
            .register(registry);
  }

  void appended(long nanos) {
    append.record(nanos, TimeUnit.NANOSECONDS);
  }

  void storeError() {
    storeErrors.increment();
  }

  void bug() {
    bugs.increment();
  }
}

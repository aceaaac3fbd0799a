package dev.serin.server;

import dev.serin.ads.AdsService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets the ADS service look once a second at what has become due. */
final class Housekeeping implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Housekeeping.class);

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("serin-housekeeping").daemon().factory());

  Housekeeping(AdsService ads) {
    var ignored = thread.scheduleWithFixedDelay(() -> tick(ads), 1, 1, TimeUnit.SECONDS);
  }

  private static void tick(AdsService ads) {
    try {
      ads.tick();
    } catch (RuntimeException bug) {
      log.error("housekeeping of the ADS service failed", bug);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}

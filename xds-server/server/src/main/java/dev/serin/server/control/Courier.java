package dev.serin.server.control;

import dev.serin.policy.Channel;
import dev.serin.spi.Notification;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Carries notifications to their channels. Never blocks who hands it one. */
public interface Courier {

  /** Carries nothing: what it is handed waits. */
  Courier NONE = (notification, channel) -> new CompletableFuture<>();

  /**
   * Carries a notification, as often as it takes.
   *
   * @param channel as it is at the moment; empty when it was deleted
   * @return completes when the notification was taken, or given up; never with an error
   */
  CompletableFuture<Void> carry(Notification notification, Supplier<Optional<Channel>> channel);
}

package dev.serin.spi;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.Channel;

/** Tells people or programs what a rollout does, over a channel. Takes calls from any thread. */
public interface Notifier {

  /**
   * What is sent.
   *
   * @param title one line
   * @param links what its readers can follow; often none
   */
  record Message(Notification notification, String title, String text, ImmutableList<Link> links) {}

  /** Something to follow. */
  record Link(String label, String url) {}

  /** What came of sending. */
  sealed interface Sent {
    /** The receiver has taken it. */
    record Taken() implements Sent {}

    /**
     * It has not, as far as is known.
     *
     * @param reason without any secret
     * @param mayHelpAgain whether the same may work later
     */
    record Failed(String reason, boolean mayHelpAgain) implements Sent {}
  }

  /**
   * Sends once and waits for the receiver's answer, for half a minute at the most. The
   * notification's id goes with it, so that a receiver can tell what it was sent twice.
   */
  Sent send(Channel channel, Message message) throws InterruptedException;
}

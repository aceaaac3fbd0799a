package dev.serin.policy;

import com.google.common.base.CharMatcher;
import com.google.common.collect.ImmutableSortedSet;
import java.time.Duration;
import java.util.Optional;

/**
 * Somebody else's program that is asked whether a rollout may go on. It answers pass, wait or fail.
 *
 * @param events when it is asked; never empty
 * @param webhook an absolute URL, http or https
 * @param secret where the key is found that the call is signed with
 * @param timeout of one attempt
 * @param retries further attempts when there is no answer, 0..10
 */
public record Hook(
    ImmutableSortedSet<Event> events,
    String webhook,
    Optional<Secret> secret,
    Duration timeout,
    int retries) {

  /** When a hook is asked. */
  public enum Event {
    /** Before a step is entered. */
    BEFORE_STEP("beforeStep"),
    /** Once a step could be left, before anything of the next is sent. */
    AFTER_STEP("afterStep"),
    /** Before everybody is sent to the new version. */
    BEFORE_PROMOTE("beforePromote"),
    /** When a rollback is complete; its answer changes nothing. */
    AFTER_ROLLBACK("afterRollback");

    private final String word;

    Event(String word) {
      this.word = word;
    }

    /** As policies and calls write it. */
    public String word() {
      return word;
    }
  }

  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);
  public static final int DEFAULT_RETRIES = 3;
  public static final int MOST_RETRIES = 10;

  /** Where it is asked, for a reader: the address without its path, which may hold a secret. */
  public String host() {
    int scheme = webhook.indexOf("://");
    String rest = scheme < 0 ? webhook : webhook.substring(scheme + "://".length());
    int end = CharMatcher.anyOf("/?#").indexIn(rest);
    return end < 0 ? rest : rest.substring(0, end);
  }

  public Hook {
    if (events.isEmpty()) {
      throw new IllegalArgumentException("events: [] (expected: at least one)");
    }
    if (retries < 0 || retries > MOST_RETRIES) {
      throw new IllegalArgumentException(
          "retries: " + retries + " (expected: 0.." + MOST_RETRIES + ")");
    }
  }
}

package dev.serin.ads;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Tells on which of the transport's event loops a thread is. A stream stays on the loop that its
 * connection is on, so that what happens to it crosses no thread and takes no lock.
 */
@FunctionalInterface
public interface StreamThreads {
  /** The streams run on the executor that the service was given. */
  StreamThreads NONE = () -> null;

  /** The event loop of the calling thread, always the same object; null when it is on none. */
  @Nullable Executor current();
}

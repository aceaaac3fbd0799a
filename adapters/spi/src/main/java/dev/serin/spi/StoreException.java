package dev.serin.spi;

import org.jspecify.annotations.Nullable;

/** A store did not do what it was asked; {@link #kind} says what can be done about it. */
public final class StoreException extends Exception {

  private final Kind kind;

  /** What a failure means to the caller. */
  public enum Kind {
    /** Another writer was here first: load again. Trying the same again fails again. */
    CONFLICT,
    /** The disk is full, a device failed, the store is locked or closed: try again later. */
    UNAVAILABLE,
    /** What is stored cannot be trusted: refuse to start; the message says what to do. */
    CORRUPT
  }

  public StoreException(Kind kind, String message) {
    this(kind, message, null);
  }

  public StoreException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}

package dev.serin.server.control;

/** What came of a command: a value, or a refusal that changed nothing. */
public sealed interface Outcome<T> {
  /**
   * It was done, and is durable.
   *
   * @param note one sentence for the person who asked; may be empty
   */
  record Done<T>(T value, String note) implements Outcome<T> {}

  /** It was not done. */
  record Refused<T>(Kind kind, String reason) implements Outcome<T> {}

  /** Why a command was refused. */
  enum Kind {
    NOT_FOUND,
    ALREADY_EXISTS,
    /** The request contradicts itself or what it refers to. */
    INVALID,
    /** It makes no sense in the present state; the reason names what would. */
    FAILED_PRECONDITION,
    /** Somebody changed the resource in the meantime. */
    CONFLICT,
    /** The store does not answer; trying again later may work. */
    UNAVAILABLE
  }

  static <T> Outcome<T> done(T value) {
    return new Done<>(value, "");
  }

  static <T> Outcome<T> refused(Kind kind, String reason) {
    return new Refused<>(kind, reason);
  }
}

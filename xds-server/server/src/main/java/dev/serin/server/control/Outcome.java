package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What came of a command: a value, or a refusal that changed nothing. */
public sealed interface Outcome<T> {
  /** The same with another value. */
  default <R> Outcome<R> map(Function<T, R> change) {
    return switch (this) {
      case Done<T> done -> new Done<>(change.apply(done.value()), done.note());
      case Refused<T> refused -> refused.as();
    };
  }

  /**
   * It was done, and is durable.
   *
   * @param note one sentence for the person who asked; may be empty
   */
  record Done<T>(T value, String note) implements Outcome<T> {}

  /**
   * It was not done.
   *
   * @param at what is wrong where, when it is the request's content
   */
  record Refused<T>(Kind kind, String reason, ImmutableList<At> at) implements Outcome<T> {
    /** The same for a caller who wanted something else of it. */
    <R> Refused<R> as() {
      return new Refused<>(kind, reason, at);
    }
  }

  /**
   * One thing that a request asks and cannot have.
   *
   * @param index of the resource, among several
   * @param path in it; empty: as a whole
   */
  record At(int index, Kind kind, String path, String message) {}

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

  static <T> Refused<T> refused(Kind kind, String reason) {
    return new Refused<>(kind, reason, ImmutableList.of());
  }

  /** Refused for a field of the request. */
  static <T> Refused<T> invalid(String path, String message) {
    return invalid(ImmutableList.of(wrong(path, message)));
  }

  /** Refused for several fields of the request, all told at once. */
  static <T> Refused<T> invalid(List<At> fields) {
    return new Refused<>(
        Kind.INVALID,
        fields.stream()
            .map(at -> at.path() + ": " + at.message())
            .collect(Collectors.joining("; ")),
        ImmutableList.copyOf(fields));
  }

  /** A field of the request that cannot be so. */
  static At wrong(String path, String message) {
    return new At(0, Kind.INVALID, path, message);
  }
}

package dev.serin.text;

import dev.serin.text.Problem.Code;
import java.util.function.Function;

/** A value that was read from text, or why it was not. */
sealed interface Read<T> {

  record Good<T>(T value) implements Read<T> {}

  /**
   * Why there is no value.
   *
   * @param expected what should have stood there
   * @param hint what to write instead; may be empty
   */
  record Bad<T>(Code code, String expected, String hint) implements Read<T> {}

  static <T> Read<T> bad(Code code, String expected) {
    return new Bad<>(code, expected, "");
  }

  default <R> Read<R> map(Function<? super T, ? extends R> f) {
    return switch (this) {
      case Good<T>(T value) -> new Good<>(f.apply(value));
      case Bad<T>(Code code, String expected, String hint) -> new Bad<>(code, expected, hint);
    };
  }
}

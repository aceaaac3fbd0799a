package dev.serin.text;

import com.google.common.collect.ImmutableList;

/** A document as it was written, before anything is known about its meaning. Lines count from 1. */
sealed interface Tree {
  int line();

  /** A scalar's characters. Plain ones were written without quotes. */
  record Text(String value, boolean plain, int line) implements Tree {}

  /** A null, or nothing at all. */
  record Absent(int line) implements Tree {}

  record Items(ImmutableList<Tree> items, int line) implements Tree {}

  record Fields(ImmutableList<Field> fields, int line) implements Tree {}

  /**
   * A key and its value.
   *
   * @param written false for a key that a shorthand stands for; it is never shown
   */
  record Field(String key, int line, Tree value, boolean written) {
    static Field implied(String key, Tree value) {
      return new Field(key, value.line(), value, false);
    }
  }

  /** A map with one key that a shorthand stands for. */
  static Fields implied(String key, Tree value) {
    return new Fields(ImmutableList.of(Field.implied(key, value)), value.line());
  }

  /** What it is, for a message: the text itself, or the kind of thing. */
  default String shown() {
    return switch (this) {
      case Text text -> text.plain() ? Shown.value(text.value()) : Shown.quoted(text.value());
      case Absent absent -> "nothing";
      case Items items -> "a list";
      case Fields fields -> "a map";
    };
  }
}

package dev.serin.text;

import com.google.common.collect.ImmutableSet;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import dev.serin.text.Problem.Code;
import dev.serin.v1.Exit;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** One text into the one value of a field: a word, a number, a share, a duration. */
final class ScalarDecoder {
  private final Findings findings;

  ScalarDecoder(Findings findings) {
    this.findings = findings;
  }

  /**
   * The value; where there is none, that is a finding, unless {@code auto} stands for it.
   *
   * @param owner the field that the value is for: the map, where it stands in one
   * @param isShort whether the short key was used, and so a number needs its unit
   */
  Optional<Object> decode(
      FieldDescriptor field, FieldDescriptor owner, Tree.Text text, Where at, boolean isShort) {
    return switch (field.getJavaType()) {
      case MESSAGE -> take(Units.duration(text.value()).map(ScalarDecoder::duration), text, at);
      case STRING -> Optional.of(text.value());
      case BOOLEAN -> bool(text, at);
      case ENUM -> word(field.getEnumType(), text, at);
      case INT -> isShort ? share(owner, text, at) : integer(text, at).<Object>map(Long::intValue);
      case LONG -> integer(text, at, Long.MIN_VALUE, Long.MAX_VALUE).<Object>map(v -> v);
      case FLOAT, DOUBLE, BYTE_STRING ->
          throw new IllegalStateException(field.getFullName() + " has no text form");
    };
  }

  private Optional<Object> share(FieldDescriptor owner, Tree.Text text, Where at) {
    if (text.value().equals("auto") && Shorthand.mayBeAuto(owner.getFullName())) {
      return Optional.empty();
    }
    return take(
        switch (Shorthand.shareOf(owner.getContainingType(), owner.getName())) {
          case OF_WHOLE -> Units.share(text.value());
          case DIFFERENCE -> Units.difference(text.value());
          case QUANTILE -> Units.quantile(text.value());
          case MARGIN -> Units.margin(text.value());
        },
        text,
        at);
  }

  private static Object duration(java.time.Duration duration) {
    return Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  private <T> Optional<Object> take(Read<T> read, Tree.Text text, Where at) {
    return switch (read) {
      case Read.Good<T>(T value) -> Optional.of(value);
      case Read.Bad<T>(Code code, String expected, String hint) -> {
        findings.unread(
            at, text.line(), code, text.shown() + " (expected: " + expected + ")", hint);
        yield Optional.empty();
      }
    };
  }

  private Optional<Object> bool(Tree.Text text, Where at) {
    boolean isBool = text.plain() && (text.value().equals("true") || text.value().equals("false"));
    if (!isBool) {
      findings.wrongType(at, text, "true or false");
    }
    return isBool ? Optional.of(text.value().equals("true")) : Optional.empty();
  }

  private Optional<Long> integer(Tree.Text text, Where at) {
    return integer(text, at, Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  private Optional<Long> integer(Tree.Text text, Where at, long min, long max) {
    if (!text.value().matches("[+-]?[0-9]{1,30}")) {
      findings.wrongType(at, text, "a whole number");
      return Optional.empty();
    }
    BigInteger value = new BigInteger(text.value());
    if (value.bitLength() > 63 || value.longValue() < min || value.longValue() > max) {
      findings.unread(
          at,
          text.line(),
          Code.OUT_OF_RANGE,
          text.shown() + " (expected: " + min + ".." + max + ")",
          "");
      return Optional.empty();
    }
    return Optional.of(value.longValue());
  }

  private Optional<Object> word(EnumDescriptor type, Tree.Text text, Where at) {
    List<String> words = new ArrayList<>();
    for (EnumValueDescriptor value : type.getValues()) {
      if (value.getNumber() != 0) {
        words.add(camel(value.getName()));
        if (text.value().equals(value.getName()) || text.value().equals(camel(value.getName()))) {
          return Optional.of(value);
        }
      }
    }
    String expected =
        type == Exit.Action.getDescriptor()
            ? Shorthand.expected(Exit.getDescriptor())
            : String.join(" | ", words);
    findings.unread(
        at,
        text.line(),
        Code.BAD_VALUE,
        text.shown() + " (expected: " + expected + ")",
        near(text.value(), words));
    return Optional.empty();
  }

  private static String near(String word, List<String> words) {
    String hint = Suggestion.hint(word, ImmutableSet.copyOf(words));
    return hint.startsWith("did") ? hint : "";
  }

  /** {@code ROLLED_BACK} is {@code rolledBack} in text. */
  private static String camel(String constant) {
    StringBuilder out = new StringBuilder();
    boolean upper = false;
    for (char c : constant.toLowerCase(Locale.ROOT).toCharArray()) {
      if (c == '_') {
        upper = true;
      } else {
        out.append(upper ? Character.toUpperCase(c) : c);
        upper = false;
      }
    }
    return out.toString();
  }
}

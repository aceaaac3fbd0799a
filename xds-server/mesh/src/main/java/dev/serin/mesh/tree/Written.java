package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Scalars that remember how they were written. Parsers of YAML disagree about plain words: {@code
 * on} is a boolean to some and a text to others, {@code 0o17} a number or a text, {@code
 * 2026-11-27} may be a date. Such a word is a text here, and stays plain where it is printed, so
 * that whoever reads the result reads what he would have read in the original.
 */
final class Written {

  /** A number with a fraction or an exponent, as it was written. */
  static final class Decimal extends DecimalNode {
    private static final long serialVersionUID = 1;
    private final String lexeme;

    private Decimal(String lexeme) {
      super(new BigDecimal(lexeme));
      this.lexeme = lexeme;
    }

    String lexeme() {
      return lexeme;
    }

    @Override
    public boolean equals(Object other) {
      return super.equals(other);
    }

    @Override
    public int hashCode() {
      return super.hashCode();
    }
  }

  /** A text that stood without quotes and that some parsers take for something else. */
  static final class Plain extends TextNode {
    private static final long serialVersionUID = 1;

    private Plain(String text) {
      super(text);
    }

    @Override
    public boolean equals(Object other) {
      return super.equals(other);
    }

    @Override
    public int hashCode() {
      return super.hashCode();
    }
  }

  /** A map with keys that stood without quotes and that some parsers take for something else. */
  @SuppressWarnings("unchecked") // Jackson itself narrows deepCopy so
  static final class Fields extends ObjectNode {
    private static final long serialVersionUID = 1;
    private final HashSet<String> plain = new HashSet<>();

    Fields() {
      super(JsonNodeFactory.instance);
    }

    @Override
    public boolean equals(Object other) {
      return super.equals(other);
    }

    @Override
    public int hashCode() {
      return super.hashCode();
    }
  }

  /** Beyond what a double can hold; turned into an integer it would fill the memory. */
  private static final int MAX_EXPONENT = 400;

  private static final int MAX_DIGITS = 1_000;

  private static final Pattern INTEGER = Pattern.compile("-?(0|[1-9][0-9]*)");
  private static final Pattern DECIMAL =
      Pattern.compile("-?(?:0|[1-9][0-9]*)(\\.[0-9]+)?(?:[eE]([+-]?)([0-9]+))?");

  /** What only ever is a text, in YAML 1.1 as in 1.2. */
  private static final Pattern SURELY_TEXT =
      Pattern.compile(
          "(?s)(?:[A-Za-z_/@\\\\%(].*|[*!&?|>`'\"#,\\[\\]{}].*"
              + "|[0-9]+(?:\\.[0-9]+)?m?s|[0-9]+(?:\\.[0-9]+){3})");

  private static final Set<String> OTHERWISE =
      Set.of("y", "n", "yes", "no", "on", "off", "true", "false", "null");

  private Written() {}

  /** A scalar of YAML without quotes or tags. */
  static Optional<JsonNode> plain(String text) {
    return switch (text) {
      case "", "~", "null", "Null", "NULL" -> Optional.of(NullNode.getInstance());
      case "true", "True", "TRUE" -> Optional.of(BooleanNode.TRUE);
      case "false", "False", "FALSE" -> Optional.of(BooleanNode.FALSE);
      default ->
          INTEGER.matcher(text).matches() || DECIMAL.matcher(text).matches()
              ? number(text)
              : Optional.of(isSurelyText(text) ? new TextNode(text) : new Plain(text));
    };
  }

  /** Whether every parser of YAML takes it for a text when it stands without quotes. */
  static boolean isSurelyText(String text) {
    return SURELY_TEXT.matcher(text).matches()
        && (text.length() > 5 || !OTHERWISE.contains(text.toLowerCase(java.util.Locale.ROOT)));
  }

  /** A number of JSON; empty for one that nothing could hold. */
  static Optional<JsonNode> number(String lexeme) {
    if (lexeme.length() > MAX_DIGITS) {
      return Optional.empty();
    }
    if (INTEGER.matcher(lexeme).matches()) {
      return Optional.of(
          lexeme.length() < 18
              ? LongNode.valueOf(Long.parseLong(lexeme))
              : BigIntegerNode.valueOf(new BigInteger(lexeme)));
    }
    var parts = DECIMAL.matcher(lexeme);
    if (!parts.matches()) {
      return Optional.empty();
    }
    String exponent = parts.group(3);
    boolean holds =
        exponent == null || (exponent.length() <= 9 && Integer.parseInt(exponent) <= MAX_EXPONENT);
    return holds ? Optional.of(new Decimal(lexeme)) : Optional.empty();
  }

  /**
   * A number of JSON, to be printed as YAML: there a number with an exponent has a point and a
   * sign, or older parsers take it for a text.
   */
  static Optional<JsonNode> jsonNumber(String lexeme) {
    var parts = DECIMAL.matcher(lexeme);
    if (!parts.matches() || parts.group(3) == null) {
      return number(lexeme);
    }
    int exponent = Math.max(lexeme.indexOf('e'), lexeme.indexOf('E'));
    String sign = String.valueOf(parts.group(2));
    return number(
        lexeme.substring(0, exponent)
            + (parts.group(1) == null ? ".0" : "")
            + "e"
            + (sign.isEmpty() ? "+" : sign)
            + parts.group(3));
  }

  /** Remembers that a key stood without quotes. */
  static void plainKey(Fields fields, String key) {
    if (!isSurelyText(key)) {
      fields.plain.add(key);
    }
  }

  static boolean isPlainKey(ObjectNode fields, String key) {
    return fields instanceof Fields written && written.plain.contains(key);
  }

  /** An object with the same fields, to be changed; the values are shared. */
  static ObjectNode copy(ObjectNode fields) {
    Fields copy = new Fields();
    if (fields instanceof Fields written) {
      copy.plain.addAll(written.plain);
    }
    copy.setAll(fields);
    return copy;
  }
}

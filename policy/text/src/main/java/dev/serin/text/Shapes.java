package dev.serin.text;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;

/** The shapes of scalars, and the way from a type to its shape. */
final class Shapes {

  private static final Map<Class<?>, Shape> SCALARS =
      Map.ofEntries(
          Map.entry(String.class, new Text<>("text", String::toString)),
          Map.entry(Instant.class, new Text<>("an instant", Instant::parse)),
          Map.entry(Duration.class, new Text<>("a duration", Duration::parse)),
          Map.entry(LocalDateTime.class, new Text<>("a local time", LocalDateTime::parse)),
          Map.entry(ZoneId.class, new Text<>("a zone", ZoneId::of)),
          Map.entry(boolean.class, new Bool()),
          Map.entry(Boolean.class, new Bool()),
          Map.entry(int.class, new Int()),
          Map.entry(Integer.class, new Int()),
          Map.entry(long.class, new Long64()),
          Map.entry(Long.class, new Long64()),
          Map.entry(double.class, new Double64()),
          Map.entry(Double.class, new Double64()),
          Map.entry(OptionalInt.class, new MaybeInt()),
          Map.entry(OptionalLong.class, new MaybeLong()),
          Map.entry(OptionalDouble.class, new MaybeDouble()),
          Map.entry(ImmutableIntArray.class, new Collected.IntArray()),
          Map.entry(ImmutableLongArray.class, new Collected.LongArray()),
          Map.entry(ImmutableDoubleArray.class, new Collected.DoubleArray()));

  private Shapes() {}

  static Shape make(Type type) {
    if (type instanceof ParameterizedType generic && generic.getRawType() instanceof Class<?> raw) {
      return raw == Optional.class
          ? new Maybe(generic.getActualTypeArguments()[0])
          : Collected.make(raw, generic.getActualTypeArguments());
    }
    if (!(type instanceof Class<?> plain)) {
      throw new IllegalArgumentException(type + " (expected: a type without variables)");
    }
    Shape scalar = SCALARS.get(plain);
    if (scalar != null) {
      return scalar;
    }
    Optional<Method> parse = parse(plain);
    if (parse.isPresent()) {
      return new Text<>("a " + plain.getSimpleName(), text -> call(parse.get(), text));
    }
    if (plain.isEnum()) {
      return new Word(plain);
    }
    if (plain.isRecord()) {
      return RecordShapes.record(plain);
    }
    if (plain.isSealed()) {
      return RecordShapes.choice(plain);
    }
    throw new IllegalArgumentException(type + " (expected: a type of records)");
  }

  private static Optional<Method> parse(Class<?> type) {
    try {
      Method parse = type.getDeclaredMethod("parse", String.class);
      return Modifier.isStatic(parse.getModifiers()) && parse.getReturnType() == type
          ? Optional.of(parse)
          : Optional.empty();
    } catch (NoSuchMethodException e) {
      return Optional.empty();
    }
  }

  private static Object call(Method parse, String text) {
    try {
      parse.setAccessible(true);
      return parse.invoke(null, text);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(String.valueOf(e.getCause()), e);
    }
  }

  /** Anything that is written as text and read from it. */
  record Text<T>(String what, Function<String, T> parse) implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      json.writeString(value.toString());
    }

    @Override
    public Object read(JsonNode node, String at) {
      if (!node.isTextual()) {
        throw wrong(at, node);
      }
      return fromKey(node.textValue(), at);
    }

    @Override
    public String key(Object value) {
      return value.toString();
    }

    @Override
    public Object fromKey(String key, String at) {
      try {
        return parse.apply(key);
      } catch (DateTimeException | IllegalArgumentException e) {
        throw new IllegalArgumentException(
            at + ": " + Shown.value(key) + " (expected: " + what + ")", e);
      }
    }

    private IllegalArgumentException wrong(String at, JsonNode node) {
      return Shape.wrong(at, node, what);
    }
  }

  /** An enum's constant. */
  record Word(Class<?> type) implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      json.writeString(key(value));
    }

    @Override
    public Object read(JsonNode node, String at) {
      return fromKey(node.asText(), at);
    }

    @Override
    public String key(Object value) {
      return ((Enum<?>) value).name();
    }

    @Override
    public Object fromKey(String key, String at) {
      for (Object constant : type.getEnumConstants()) {
        if (key(constant).equals(key)) {
          return constant;
        }
      }
      throw new IllegalArgumentException(
          at + ": " + Shown.value(key) + " (expected: a " + type.getSimpleName() + ")");
    }
  }

  record Bool() implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      json.writeBoolean((Boolean) value);
    }

    @Override
    public Object read(JsonNode node, String at) {
      if (!node.isBoolean()) {
        throw Shape.wrong(at, node, "true or false");
      }
      return node.booleanValue();
    }
  }

  record Int() implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      json.writeNumber((Integer) value);
    }

    @Override
    public Object read(JsonNode node, String at) {
      if (!node.isIntegralNumber() || !node.canConvertToInt()) {
        throw Shape.wrong(at, node, "a whole number of 32 bits");
      }
      return node.intValue();
    }

    @Override
    public String key(Object value) {
      return value.toString();
    }

    @Override
    public Object fromKey(String key, String at) {
      return Integer.valueOf(key);
    }
  }

  record Long64() implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      json.writeNumber((Long) value);
    }

    @Override
    public Object read(JsonNode node, String at) {
      if (!node.isIntegralNumber() || !node.canConvertToLong()) {
        throw Shape.wrong(at, node, "a whole number of 64 bits");
      }
      return node.longValue();
    }

    @Override
    public String key(Object value) {
      return value.toString();
    }

    @Override
    public Object fromKey(String key, String at) {
      return Long.valueOf(key);
    }
  }

  record Double64() implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      double number = (Double) value;
      if (Double.isFinite(number)) {
        json.writeNumber(number);
      } else {
        json.writeString(Double.toString(number));
      }
    }

    @Override
    public Object read(JsonNode node, String at) {
      if (node.isNumber()) {
        return node.doubleValue();
      }
      return switch (node.asText()) {
        case "NaN" -> Double.NaN;
        case "Infinity" -> Double.POSITIVE_INFINITY;
        case "-Infinity" -> Double.NEGATIVE_INFINITY;
        default -> throw Shape.wrong(at, node, "a number");
      };
    }
  }

  record MaybeInt() implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      OptionalInt maybe = (OptionalInt) value;
      if (maybe.isPresent()) {
        json.writeNumber(maybe.getAsInt());
      } else {
        json.writeNull();
      }
    }

    @Override
    public Object read(JsonNode node, String at) {
      return OptionalInt.of((Integer) Shape.of(int.class).read(node, at));
    }

    @Override
    public Object absent() {
      return OptionalInt.empty();
    }
  }

  record MaybeLong() implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      OptionalLong maybe = (OptionalLong) value;
      if (maybe.isPresent()) {
        json.writeNumber(maybe.getAsLong());
      } else {
        json.writeNull();
      }
    }

    @Override
    public Object read(JsonNode node, String at) {
      return OptionalLong.of((Long) Shape.of(long.class).read(node, at));
    }

    @Override
    public Object absent() {
      return OptionalLong.empty();
    }
  }

  record MaybeDouble() implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      OptionalDouble maybe = (OptionalDouble) value;
      if (maybe.isPresent()) {
        Shape.of(double.class).write(maybe.getAsDouble(), json);
      } else {
        json.writeNull();
      }
    }

    @Override
    public Object read(JsonNode node, String at) {
      return OptionalDouble.of((Double) Shape.of(double.class).read(node, at));
    }

    @Override
    public Object absent() {
      return OptionalDouble.empty();
    }
  }

  /** An optional of anything that is not itself null. */
  record Maybe(Type inner) implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      Optional<?> maybe = (Optional<?>) value;
      if (maybe.isPresent()) {
        Shape.of(inner).write(maybe.get(), json);
      } else {
        json.writeNull();
      }
    }

    @Override
    public Object read(JsonNode node, String at) {
      return Optional.of(Shape.of(inner).read(node, at));
    }

    @Override
    public Object absent() {
      return Optional.empty();
    }
  }
}

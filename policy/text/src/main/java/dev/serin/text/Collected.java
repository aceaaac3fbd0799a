package dev.serin.text;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The shapes of what holds many: lists, sets, maps and arrays, in their own order. */
final class Collected {

  private Collected() {}

  static Shape make(Class<?> raw, Type[] parts) {
    if (raw == ImmutableList.class || raw == List.class) {
      return new Many(parts[0], ImmutableList::copyOf);
    }
    if (raw == ImmutableSet.class || raw == Set.class) {
      return new Many(parts[0], ImmutableSet::copyOf);
    }
    if (raw == ImmutableSortedSet.class) {
      return new Many(parts[0], Collected::sortedSet);
    }
    if (raw == ImmutableMap.class || raw == Map.class) {
      return new Keyed(parts[0], parts[1], ImmutableMap::copyOf);
    }
    if (raw == ImmutableSortedMap.class) {
      return new Keyed(parts[0], parts[1], Collected::sortedMap);
    }
    throw new IllegalArgumentException(raw + " (expected: an immutable collection of Guava's)");
  }

  /** In natural order, the only one that JSON can carry. */
  @SuppressWarnings("unchecked")
  private static Object sortedSet(List<Object> items) {
    return ImmutableSortedSet.copyOf((List<Comparable<Object>>) (List<?>) items);
  }

  @SuppressWarnings("unchecked")
  private static Object sortedMap(Map<Object, Object> entries) {
    return ImmutableSortedMap.copyOf((Map<Comparable<Object>, Object>) (Map<?, ?>) entries);
  }

  record Many(Type part, Function<List<Object>, Object> collect) implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      Shape shape = Shape.of(part);
      json.writeStartArray();
      for (Object item : (Collection<?>) value) {
        shape.write(item, json);
      }
      json.writeEndArray();
    }

    @Override
    public Object read(JsonNode node, String at) {
      requireArray(node, at);
      Shape shape = Shape.of(part);
      ImmutableList.Builder<Object> items = ImmutableList.builder();
      for (int i = 0; i < node.size(); i++) {
        items.add(shape.read(node.get(i), at + "[" + i + "]"));
      }
      return collect.apply(items.build());
    }
  }

  record Keyed(Type key, Type part, Function<Map<Object, Object>, Object> collect)
      implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      Shape keys = Shape.of(key);
      Shape values = Shape.of(part);
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        json.writeFieldName(keys.key(entry.getKey()));
        values.write(entry.getValue(), json);
      }
      json.writeEndObject();
    }

    @Override
    public Object read(JsonNode node, String at) {
      if (!node.isObject()) {
        throw Shape.wrong(at, node, "an object");
      }
      Shape keys = Shape.of(key);
      Shape values = Shape.of(part);
      Map<Object, Object> entries = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        String each = at + "." + Shown.value(entry.getKey());
        entries.put(keys.fromKey(entry.getKey(), each), values.read(entry.getValue(), each));
      }
      return collect.apply(entries);
    }
  }

  record IntArray() implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      int[] numbers = ((ImmutableIntArray) value).toArray();
      json.writeArray(numbers, 0, numbers.length);
    }

    @Override
    public Object read(JsonNode node, String at) {
      requireArray(node, at);
      ImmutableIntArray.Builder numbers = ImmutableIntArray.builder(node.size());
      Shape shape = Shape.of(int.class);
      node.forEach(n -> numbers.add((Integer) shape.read(n, at)));
      return numbers.build();
    }
  }

  record LongArray() implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      long[] numbers = ((ImmutableLongArray) value).toArray();
      json.writeArray(numbers, 0, numbers.length);
    }

    @Override
    public Object read(JsonNode node, String at) {
      requireArray(node, at);
      ImmutableLongArray.Builder numbers = ImmutableLongArray.builder(node.size());
      Shape shape = Shape.of(long.class);
      node.forEach(n -> numbers.add((Long) shape.read(n, at)));
      return numbers.build();
    }
  }

  record DoubleArray() implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      Shape shape = Shape.of(double.class);
      ImmutableDoubleArray numbers = (ImmutableDoubleArray) value;
      json.writeStartArray();
      for (int i = 0; i < numbers.length(); i++) {
        shape.write(numbers.get(i), json);
      }
      json.writeEndArray();
    }

    @Override
    public Object read(JsonNode node, String at) {
      requireArray(node, at);
      ImmutableDoubleArray.Builder numbers = ImmutableDoubleArray.builder(node.size());
      Shape shape = Shape.of(double.class);
      node.forEach(n -> numbers.add((Double) shape.read(n, at)));
      return numbers.build();
    }
  }

  private static void requireArray(JsonNode node, String at) {
    if (!node.isArray()) {
      throw Shape.wrong(at, node, "a list");
    }
  }
}

package dev.serin.text;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The shapes of records and of the sealed interfaces that choose between them. */
final class RecordShapes {

  private static final String TYPE = "type";

  private RecordShapes() {}

  /** {@code later} is what stands for the component where it was not written yet. */
  private record Component(String name, Type type, MethodHandle get, Optional<Object> later) {}

  private record Fields(
      Class<?> type, @Nullable String word, ImmutableList<Component> components, MethodHandle make)
      implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      json.writeStartObject();
      if (word != null) {
        json.writeStringField(TYPE, word);
      }
      for (Component component : components) {
        json.writeFieldName(component.name());
        Object part = get(component, value);
        if (part == null) {
          json.writeNull();
        } else {
          Shape.of(component.type()).write(part, json);
        }
      }
      json.writeEndObject();
    }

    private static @Nullable Object get(Component component, Object value) {
      try {
        return component.get().invoke(value);
      } catch (Throwable e) {
        throw new IllegalArgumentException(component.name() + " of " + value.getClass(), e);
      }
    }

    @Override
    public Object read(JsonNode node, String at) {
      if (!node.isObject()) {
        throw Shape.wrong(at, node, "an object");
      }
      int expected = components.size() + (word == null ? 0 : 1);
      @Nullable Object[] parts = new Object[components.size()];
      for (int i = 0; i < parts.length; i++) {
        Component component = components.get(i);
        JsonNode part = node.get(component.name());
        String each = at + "." + component.name();
        if (part == null) {
          parts[i] =
              component
                  .later()
                  .orElseThrow(() ->
                      new IllegalArgumentException(each + ": nothing (expected: a value or null)"));
          expected--;
          continue;
        }
        Shape shape = Shape.of(component.type());
        parts[i] = part.isNull() ? absent(component, shape, each) : shape.read(part, each);
      }
      if (node.size() != expected) {
        throw new IllegalArgumentException(
            at
                + ": properties "
                + Shown.value(node.propertyStream().map(Map.Entry::getKey).toList().toString())
                + " (expected: "
                + components.stream().map(Component::name).toList()
                + ")");
      }
      try {
        return make.invokeWithArguments(Arrays.asList(parts));
      } catch (Throwable e) {
        throw new IllegalArgumentException(at + ": " + e.getMessage(), e);
      }
    }

    private static @Nullable Object absent(Component component, Shape shape, String at) {
      if (component.type() instanceof Class<?> plain && plain.isPrimitive()) {
        throw new IllegalArgumentException(at + ": null (expected: a " + plain + ")");
      }
      return shape.absent();
    }
  }

  private record Choice(Class<?> type, ImmutableMap<String, Fields> byWord) implements Shape {
    @Override
    public void write(Object value, JsonGenerator json) throws IOException {
      Fields fields = byWord.get(value.getClass().getSimpleName());
      if (fields == null || fields.type() != value.getClass()) {
        throw new IllegalArgumentException(value.getClass() + " (expected: a " + type + ")");
      }
      fields.write(value, json);
    }

    @Override
    public Object read(JsonNode node, String at) {
      Fields fields = byWord.get(node.path(TYPE).asText());
      if (fields == null) {
        throw Shape.wrong(at, node, "type, one of " + byWord.keySet());
      }
      return fields.read(node, at);
    }
  }

  static Shape record(Class<?> type) {
    return fields(type, null);
  }

  static Shape choice(Class<?> sealed) {
    Map<String, Fields> byWord = new HashMap<>();
    collect(sealed, byWord);
    return new Choice(sealed, ImmutableMap.copyOf(new TreeMap<>(byWord)));
  }

  private static void collect(Class<?> sealed, Map<String, Fields> byWord) {
    for (Class<?> permitted : sealed.getPermittedSubclasses()) {
      if (permitted.isRecord()) {
        Fields fields = fields(permitted, permitted.getSimpleName());
        if (byWord.put(permitted.getSimpleName(), fields) != null) {
          throw new IllegalArgumentException(
              permitted + " (expected: simple names that differ within " + sealed + ")");
        }
      } else if (permitted.isSealed()) {
        collect(permitted, byWord);
      } else {
        throw new IllegalArgumentException(permitted + " (expected: a record or a sealed type)");
      }
    }
  }

  /** The result of a type's {@code static absent()}: it came after records that lack it. */
  private static Optional<Object> later(Class<?> type) throws ReflectiveOperationException {
    for (Method method : type.getDeclaredMethods()) {
      if (method.getName().equals("absent")
          && method.getParameterCount() == 0
          && Modifier.isStatic(method.getModifiers())
          && method.getReturnType() == type) {
        return Optional.of(method.invoke(null));
      }
    }
    return Optional.empty();
  }

  private static Fields fields(Class<?> type, @Nullable String word) {
    try {
      MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
      ImmutableList.Builder<Component> components = ImmutableList.builder();
      RecordComponent[] declared = type.getRecordComponents();
      Class<?>[] parts = new Class<?>[declared.length];
      for (int i = 0; i < declared.length; i++) {
        parts[i] = declared[i].getType();
        if (word != null && declared[i].getName().equals(TYPE)) {
          throw new IllegalArgumentException(type + " (expected: no component named type)");
        }
        components.add(
            new Component(
                declared[i].getName(),
                declared[i].getGenericType(),
                lookup.unreflect(declared[i].getAccessor()),
                later(declared[i].getType())));
      }
      MethodHandle make = lookup.findConstructor(type, MethodType.methodType(void.class, parts));
      return new Fields(type, word, components.build(), make);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(type + " cannot be looked into", e);
    }
  }
}

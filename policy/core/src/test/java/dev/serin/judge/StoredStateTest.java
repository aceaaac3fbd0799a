package dev.serin.judge;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A judge is stored by a codec that knows records and a few leaves and nothing else. */
final class StoredStateTest {

  private static final Set<Class<?>> LEAVES =
      Set.of(
          String.class,
          Double.class,
          Duration.class,
          OptionalDouble.class,
          OptionalInt.class,
          ImmutableDoubleArray.class,
          ImmutableLongArray.class);

  private static final Set<Class<?>> CONTAINERS =
      Set.of(ImmutableList.class, ImmutableSortedMap.class, Optional.class);

  @Test
  void judgesAreMadeOfStorableParts() {
    Set<Class<?>> seen = new HashSet<>();
    check(Judge.class, seen, "Judge");
    check(Window.class, seen, "Window");
    assertThat(seen).contains(Mixture.class, Dispersion.class, Catastrophe.class);
  }

  private static void check(Type type, Set<Class<?>> seen, String where) {
    if (type instanceof ParameterizedType generic) {
      assertThat(CONTAINERS).as(where).contains((Class<?>) generic.getRawType());
      for (Type argument : generic.getActualTypeArguments()) {
        check(argument, seen, where);
      }
      return;
    }
    Class<?> plain = (Class<?>) type;
    if (plain.isPrimitive() || LEAVES.contains(plain) || plain.isEnum() || !seen.add(plain)) {
      return;
    }
    if (plain.isSealed()) {
      for (Class<?> one : plain.getPermittedSubclasses()) {
        check(one, seen, where);
      }
      return;
    }
    assertThat(plain.isRecord()).as(where + " is a " + plain.getName()).isTrue();
    for (RecordComponent part : plain.getRecordComponents()) {
      check(part.getGenericType(), seen, where + "." + part.getName());
    }
  }
}

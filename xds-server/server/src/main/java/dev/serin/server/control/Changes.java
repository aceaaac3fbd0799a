package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.policy.ResourceName;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What a turn changes of one kind; an absent one is gone. Used by the loop's thread alone. */
final class Changes<T> {
  private final TreeMap<ResourceName, Optional<T>> changed = new TreeMap<>();

  void put(ResourceName name, T value) {
    changed.put(name, Optional.of(value));
  }

  void remove(ResourceName name) {
    changed.put(name, Optional.empty());
  }

  void putAll(Changes<T> others) {
    changed.putAll(others.changed);
  }

  boolean isEmpty() {
    return changed.isEmpty();
  }

  void forEach(BiConsumer<ResourceName, Optional<T>> action) {
    changed.forEach(action);
  }

  boolean has(ResourceName name) {
    return changed.containsKey(name);
  }

  /** As the turn leaves it, given as it was. */
  Optional<T> read(ResourceName name, @Nullable T before) {
    Optional<T> found = changed.get(name);
    return found == null ? Optional.ofNullable(before) : found;
  }

  /** All as the turn leaves them; the same object where nothing changed. */
  ImmutableSortedMap<ResourceName, T> over(ImmutableSortedMap<ResourceName, T> before) {
    if (changed.isEmpty()) {
      return before;
    }
    TreeMap<ResourceName, T> merged = new TreeMap<>(before);
    changed.forEach((name, value) -> {
      if (value.isPresent()) {
        merged.put(name, value.get());
      } else {
        merged.remove(name);
      }
    });
    return ImmutableSortedMap.copyOf(merged);
  }

  /** What is there after the turn, of what it changes. */
  ImmutableSortedMap<ResourceName, T> present() {
    return over(ImmutableSortedMap.of());
  }

  /** What is gone after the turn, of what it changes. */
  ImmutableList<ResourceName> absent() {
    return changed.entrySet().stream()
        .filter(one -> one.getValue().isEmpty())
        .map(Map.Entry::getKey)
        .collect(ImmutableList.toImmutableList());
  }

  ImmutableSortedMap<ResourceName, Optional<T>> all() {
    return ImmutableSortedMap.copyOf(changed);
  }
}

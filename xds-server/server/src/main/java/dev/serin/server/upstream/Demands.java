package dev.serin.server.upstream;

import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;
import java.util.HashMap;
import java.util.Map;

/** What all streams of one proxy ask for together. Confined to its {@link UpstreamProxy}. */
final class Demands {
  /** What is asked for of one type. */
  record Want(boolean wildcard, ImmutableSortedSet<String> names) {
    static final Want NOTHING = new Want(false, ImmutableSortedSet.of());

    private static Want both(Want one, Want other) {
      return new Want(
          one.wildcard || other.wildcard,
          ImmutableSortedSet.copyOf(Sets.union(one.names, other.names).iterator()));
    }
  }

  private final Map<Object, Map<String, Want>> byStream = new HashMap<>();

  void opened(Object stream) {
    byStream.put(stream, new HashMap<>());
  }

  /** Takes what a stream asks for of a type; returns whether that is other than before. */
  boolean asks(Object stream, String typeUrl, Want want) {
    Map<String, Want> known = byStream.get(stream);
    return known != null && !want.equals(known.put(typeUrl, want));
  }

  /** Returns the types that it asked for. */
  Iterable<String> left(Object stream) {
    Map<String, Want> known = byStream.remove(stream);
    return known == null ? java.util.List.of() : known.keySet();
  }

  boolean isEmpty() {
    return byStream.isEmpty();
  }

  Want of(String typeUrl) {
    return byStream.values().stream()
        .map(types -> types.getOrDefault(typeUrl, Want.NOTHING))
        .reduce(Want::both)
        .orElse(Want.NOTHING);
  }
}

package dev.serin.server.control;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.common.collect.Maps;
import com.google.common.collect.Sets;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Optional;

/**
 * The calls that were carried out lately, by the ids that their callers gave them: a caller that
 * never heard the answer asks again under the same id, and nothing may happen twice. Oldest first.
 */
record Requests(ImmutableMap<String, Handled> byKey) {
  /** More than any client has calls in doubt at once; what is older is nobody's repeat. */
  static final int MAX = 2_000;

  static final Requests NONE = new Requests(ImmutableMap.of());

  /**
   * A call that was carried out.
   *
   * @param fingerprint of all that it said, for an id that is used again for something else
   * @param answer what cannot be read from the resources later; may be empty
   */
  record Handled(String fingerprint, String answer) {}

  /** Ids are any text; keys are names of the store's form. */
  static String key(String requestId) {
    return Hashing.sha256()
        .hashString(requestId, StandardCharsets.UTF_8)
        .toString()
        .substring(0, 40);
  }

  Optional<Handled> find(String requestId) {
    return Optional.ofNullable(byKey.get(key(requestId)));
  }

  Requests with(String requestId, Handled handled) {
    LinkedHashMap<String, Handled> all = new LinkedHashMap<>(byKey);
    all.put(key(requestId), handled);
    return new Requests(
        ImmutableMap.copyOf(Iterables.skip(all.entrySet(), Math.max(0, all.size() - MAX))));
  }

  /** What this has and an earlier state had not. */
  ImmutableMap<String, Handled> since(Requests before) {
    return ImmutableMap.copyOf(Maps.filterKeys(byKey, key -> !before.byKey.containsKey(key)));
  }

  /** What an earlier state had and this has forgotten. */
  ImmutableSet<String> forgotten(Requests before) {
    return Sets.difference(before.byKey.keySet(), byKey.keySet()).immutableCopy();
  }
}

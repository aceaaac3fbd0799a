package dev.serin.ads;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import dev.serin.mesh.Resource;
import dev.serin.mesh.TypeResources;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Takes what a client says that it has from an earlier stream. Confined to its {@link Planner}. */
final class Resumption {
  /** Versions that start so are hashes of content; others say nothing about it. */
  static final String CONTENT_HASH = "s1-";

  private final NodeMemory memory;

  Resumption(NodeMemory memory) {
    this.memory = memory;
  }

  /**
   * A reconnected state-of-the-world client presents the version that it uses. What it has then
   * need not be sent again where it cannot have asked for anything new ("ACK/NACK and resource type
   * instance version"): for wildcards alone.
   */
  void resume(TypeState type, TypeResources served, Instant now) {
    if (!type.brought.isEmpty()) {
      bring(type, served, now);
    }
    String version = type.resumeVersion;
    if (version == null) {
      return;
    }
    type.resumeVersion = null;
    NodeMemory.Remembered known = memory.held(type.typeUrl);
    if (known != null && known.versionInfo().equals(version)) {
      type.holdings =
          type.subscription.wildcard() && !known.wildcard()
              ? known.holdings().spelledOut(known::covers)
              : known
                  .holdings()
                  .forgetting(Sets.filter(type.subscription.names(), n -> !known.covers(n)))
                  .covered(type.subscription::covers);
    } else if (type.subscription.wildcard()
        && version.startsWith(CONTENT_HASH)
        && served.version().equals(version)) {
      type.holdings = new Holdings(served, ImmutableMap.of());
    } else {
      return;
    }
    type.ackedAt = now;
    type.ackedVersionInfo = version;
    type.force(type.subscription.names());
    type.answerDue = !type.subscription.names().isEmpty();
  }

  /** Takes what a reconnected incremental client says that it has. */
  private void bring(TypeState type, TypeResources served, Instant now) {
    Map<String, Held> others = new HashMap<>();
    type.brought.forEach((name, version) -> {
      Resource same = served.get(name);
      if (type.subscription.covers(name) && (same == null || !same.version().equals(version))) {
        Resource lastGood = memory.lastGood(type.typeUrl, name);
        boolean known = lastGood != null && lastGood.version().equals(version);
        others.put(name, Held.brought(version, known ? lastGood : null));
      }
    });
    served.forEach(resource -> {
      String name = resource.name();
      if (type.subscription.covers(name) && !type.brought.containsKey(name)) {
        others.put(name, Held.NOTHING);
      }
    });
    type.holdings = new Holdings(served, ImmutableMap.copyOf(others));
    type.ackedAt = now;
    type.brought = ImmutableMap.of();
  }
}

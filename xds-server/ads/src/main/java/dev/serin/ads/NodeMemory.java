package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.ads.ProxyView.Nack;
import dev.serin.mesh.Resource;
import dev.serin.mesh.ResourceKey;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What outlives a proxy's streams: the versions it has rejected, the last good body of those
 * resources, and what it held when its last stream ended. Shared by the streams of one node id;
 * thread-safe, every value is immutable.
 */
final class NodeMemory {
  /**
   * What a proxy has rejected stays rejected when it comes again, as the weights of one rollout do
   * in the next; an endless row of versions does not fill memory.
   */
  static final int MAX_REJECTED_VERSIONS = 256;

  /** So many rejections keep all of their words, which may be long. */
  private static final int MAX_TOLD = 16;

  private static final int SHORT = 80;

  private final ConcurrentHashMap<ResourceKey, Rejections> rejections = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Remembered> held = new ConcurrentHashMap<>();

  /** What the proxy has of one type on a stream that knows no clusters. */
  private final ConcurrentHashMap<Object, Elsewhere> elsewhere = new ConcurrentHashMap<>();

  private record Rejections(ImmutableMap<String, Nack> byVersion, Optional<Resource> lastGood) {}

  /**
   * One type on a stream that has no other.
   *
   * @param ended whether the stream has ended; the proxy uses what it had until it has a new one
   */
  record Elsewhere(String typeUrl, HeldView view, boolean ended) {}

  /**
   * What a state-of-the-world client held of a type under the version that it presents again.
   *
   * @param wildcard whether it asked for everything
   * @param names what it asked for beside that
   */
  record Remembered(
      String versionInfo, Holdings holdings, boolean wildcard, ImmutableSortedSet<String> names) {
    boolean covers(String name) {
      return wildcard || names.contains(name);
    }
  }

  boolean nothingRejected() {
    return rejections.isEmpty();
  }

  /** The rejection of exactly this content, if there was one. */
  @Nullable Nack rejection(Resource resource) {
    if (rejections.isEmpty()) {
      return null;
    }
    Rejections known = rejections.get(ResourceKey.of(resource));
    return known == null ? null : known.byVersion.get(resource.version());
  }

  void reject(Resource resource, Nack nack, @Nullable Resource lastGood) {
    rejections.compute(
        ResourceKey.of(resource),
        (key, known) -> {
          Map<String, Nack> versions = new LinkedHashMap<>();
          if (known != null) {
            versions.putAll(known.byVersion);
          }
          versions.remove(nack.version());
          versions.put(nack.version(), nack);
          shorten(versions);
          if (versions.size() > MAX_REJECTED_VERSIONS) {
            versions.remove(versions.keySet().iterator().next());
          }
          Optional<Resource> good = Optional.ofNullable(lastGood);
          return new Rejections(
              ImmutableMap.copyOf(versions), known == null ? good : good.or(() -> known.lastGood));
        });
  }

  /** The one rejection that is no longer among the last few keeps the beginning of its words. */
  private static void shorten(Map<String, Nack> oldestFirst) {
    int old = oldestFirst.size() - MAX_TOLD;
    if (old > 0) {
      Nack nack = ImmutableList.copyOf(oldestFirst.values()).get(old - 1);
      String words = nack.message();
      if (words.length() > SHORT) {
        oldestFirst.put(
            nack.version(), new Nack(nack.version(), words.substring(0, SHORT) + "...", nack.at()));
      }
    }
  }

  /** The proxy has accepted this: of something that it has rejected before, the last good body. */
  void accept(Resource resource) {
    if (!rejections.isEmpty()) {
      rejections.computeIfPresent(
          ResourceKey.of(resource),
          (key, known) -> new Rejections(known.byVersion, Optional.of(resource)));
    }
  }

  /** The body of a rejected resource that the proxy accepted before. */
  @Nullable Resource lastGood(String typeUrl, String name) {
    Rejections known = rejections.get(new ResourceKey(typeUrl, name));
    return known == null ? null : known.lastGood.orElse(null);
  }

  void remember(String typeUrl, Remembered what) {
    held.put(typeUrl, what);
  }

  @Nullable Remembered held(String typeUrl) {
    return held.get(typeUrl);
  }

  /**
   * Lets the proxy's other streams know what it has on this one. Who asks for each type on a stream
   * of its own still must not lose clusters on one that its routes name on another.
   */
  void show(Object stream, String typeUrl, HeldView view) {
    if (elsewhere.put(stream, new Elsewhere(typeUrl, view, false)) == null) {
      elsewhere.values().removeIf(other -> other.ended() && other.typeUrl().equals(typeUrl));
    }
  }

  /** What was shown for the stream, if anything, is what the proxy uses until it opens another. */
  void ended(@Nullable Object stream) {
    if (stream != null) {
      elsewhere.computeIfPresent(
          stream, (key, last) -> new Elsewhere(last.typeUrl(), last.view(), true));
    }
  }

  Collection<Elsewhere> elsewhere() {
    return elsewhere.values();
  }
}

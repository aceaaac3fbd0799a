package dev.serin.ads;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.time.Instant;
import java.util.Optional;

/**
 * What is known of one proxy at one moment. Where it has several streams, a resource's state is
 * that of the stream that is least far with it.
 *
 * @param connected whether it has a stream; a proxy that went away is kept for an hour
 * @param streams how many it has
 * @param connectedAt when the oldest of its streams, or the last one it had, named its node
 * @param lastSeen its last message, or when its last stream ended
 * @param types what it asked for, by type URL
 */
public record ProxyView(
    Proxy proxy,
    boolean connected,
    int streams,
    Instant connectedAt,
    Instant lastSeen,
    ImmutableSortedMap<String, TypeView> types) {

  /** One type of resources; empty when it never asked for it. */
  public TypeView type(String typeUrl) {
    return types.getOrDefault(typeUrl, TypeView.NONE);
  }

  /** Whether it asks for that resource, by name or by wildcard. */
  public boolean subscribes(String typeUrl, String name) {
    return type(typeUrl).subscribes(name);
  }

  /** The state of a resource; one that was never sent has an empty state. */
  public ResourceView resource(String typeUrl, String name) {
    return type(typeUrl).resource(name);
  }

  /** One type of resources at a proxy. */
  public sealed interface TypeView permits HeldView, ListedView {
    /** A type that was never asked for. */
    TypeView NONE = of(false, ImmutableSortedSet.of(), ImmutableSortedMap.of());

    /** A view that holds what is given. */
    static TypeView of(
        boolean wildcard,
        ImmutableSortedSet<String> names,
        ImmutableSortedMap<String, ResourceView> resources) {
      return new ListedView(wildcard, names, resources);
    }

    boolean wildcard();

    /** The names that are asked for beside the wildcard. */
    ImmutableSortedSet<String> names();

    /** All resources of which something is known. Ask for single ones where that is enough. */
    ImmutableSortedMap<String, ResourceView> resources();

    /** The state of a resource; one that was never sent has an empty state. */
    ResourceView resource(String name);

    default boolean subscribes(String name) {
      return wildcard() || names().contains(name);
    }
  }

  /** A type whose resources are given one by one. */
  record ListedView(
      boolean wildcard,
      ImmutableSortedSet<String> names,
      ImmutableSortedMap<String, ResourceView> resources)
      implements TypeView {
    @Override
    public ResourceView resource(String name) {
      return resources.getOrDefault(name, ResourceView.NONE);
    }
  }

  /**
   * One resource at a proxy.
   *
   * @param sentVersion the version last sent, or else the one that the proxy uses
   * @param ackedVersion the version that the proxy has accepted last, which it uses
   * @param ackedAt when it was last known to accept something of the type: it has used that version
   *     since then at the latest
   * @param nack the last rejection, until a later version is accepted
   */
  public record ResourceView(
      Optional<String> sentVersion,
      Optional<Instant> sentAt,
      Optional<String> ackedVersion,
      Optional<Instant> ackedAt,
      Optional<Nack> nack) {
    static final ResourceView NONE =
        new ResourceView(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    public boolean acked(String version) {
      return ackedVersion.isPresent() && ackedVersion.get().equals(version);
    }

    public boolean nacked(String version) {
      return nack.isPresent() && nack.get().version().equals(version);
    }

    /** Whether something was sent that it has neither accepted nor rejected. */
    public boolean awaitsAnswer() {
      return sentVersion.isPresent() && !acked(sentVersion.get()) && !nacked(sentVersion.get());
    }
  }

  /** A proxy's refusal of one version of a resource, in its own words. */
  public record Nack(String version, String message, Instant at) {}
}

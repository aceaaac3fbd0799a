package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.ads.Planner.Plan;
import dev.serin.ads.StreamState.Variant;
import dev.serin.mesh.Resource;
import dev.serin.mesh.TypeResources;
import dev.serin.mesh.TypeUrls;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What nearly every stream needs nearly all the time, told without a look at single names: a fleet
 * in step would look at them ten thousand times. Each is what {@link Planner} would find, too.
 * Confined to its {@link StreamState}.
 */
final class Shortcuts {
  private final Variant variant;
  private final NodeMemory memory;
  private final Ordering ordering;

  Shortcuts(Variant variant, NodeMemory memory, Ordering ordering) {
    this.variant = variant;
    this.memory = memory;
    this.ordering = ordering;
  }

  /** Whether the client has what is served, and asks for nothing. */
  boolean upToDate(TypeState type, TypeResources served) {
    return type.plain() && !type.asksForMore() && type.holdings.base() == served;
  }

  /** The next response, where it is a usual one; else null. */
  @Nullable Plan plan(TypeState type, TypeResources served) {
    if (!type.plain() || served.aliased() || !memory.nothingRejected()) {
      return null;
    }
    return type.holdings.base().isEmpty() ? everything(type, served) : oneResource(type, served);
  }

  /** A client that has nothing and asks for just what there is. */
  private static @Nullable Plan everything(TypeState type, TypeResources served) {
    if (type.resumed || served.isEmpty() || !asksForAll(type.subscription, served)) {
      return null;
    }
    ImmutableSortedMap<String, Resource> all = served.byName();
    return new Plan(
        served.versionInfo(), all, all.values(), ImmutableList.of(), ImmutableList.of(), served);
  }

  private static boolean asksForAll(Subscription asked, TypeResources served) {
    return asked.wildcard() ? asked.names().isEmpty() : served.isJust(asked.names());
  }

  /** A client that has the earlier content of one resource, and of all others what is served. */
  private @Nullable Plan oneResource(TypeState type, TypeResources served) {
    boolean full = variant == Variant.STATE_OF_THE_WORLD && type.fullState();
    if (full
        || type.asksForMore()
        || type.typeUrl.equals(TypeUrls.LISTENER)
        || (References.routes(type.typeUrl) && !ordering.everythingIsThere())) {
      return null;
    }
    TypeResources base = type.holdings.base();
    ImmutableSortedMap<String, Resource> one = served.since(base).one();
    if (one == null || !type.subscription.covers(one.firstKey())) {
      return null;
    }
    Resource before = Objects.requireNonNull(base.get(one.firstKey()));
    type.holdings = Holdings.allBut(before, served);
    return new Plan(
        served.versionInfo(),
        one,
        one.values(),
        ImmutableList.of(),
        ImmutableList.of(),
        /* whole= */ null);
  }
}

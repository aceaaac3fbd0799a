package dev.serin.ads;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.ads.ProxyView.Nack;
import dev.serin.ads.ProxyView.ResourceView;
import dev.serin.ads.ProxyView.TypeView;
import dev.serin.ads.TypeState.InFlight;
import dev.serin.mesh.Resource;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One type at one stream, at one moment. It costs a few references however many resources there
 * are; what is asked of it is worked out then.
 */
record HeldView(
    boolean wildcard,
    ImmutableSortedSet<String> names,
    Holdings holdings,
    @Nullable InFlight inFlight,
    @Nullable Instant ackedAt)
    implements TypeView {

  @Override
  public ImmutableSortedMap<String, ResourceView> resources() {
    TreeSet<String> mentioned = new TreeSet<>(holdings.others().keySet());
    holdings.base().forEach(resource -> mentioned.add(resource.name()));
    if (inFlight != null) {
      mentioned.addAll(inFlight.offered().keySet());
    }
    ImmutableSortedMap.Builder<String, ResourceView> views = ImmutableSortedMap.naturalOrder();
    for (String name : mentioned) {
      ResourceView view = resource(name);
      if (!view.equals(ResourceView.NONE)) {
        views.put(name, view);
      }
    }
    return views.buildOrThrow();
  }

  @Override
  public ResourceView resource(String name) {
    if (!subscribes(name)) {
      return ResourceView.NONE;
    }
    Held held = holdings.get(name);
    Resource offered = inFlight == null ? null : inFlight.offered().get(name);
    Nack nack = held.nack();
    Optional<String> sent =
        offered != null
            ? Optional.of(offered.version())
            : Optional.ofNullable(nack == null ? held.version() : nack.version());
    Optional<Instant> sentAt =
        offered != null && inFlight != null
            ? Optional.of(inFlight.sentAt())
            : sent.map(version -> nack == null ? ackedAt : nack.at());
    Optional<String> acked = Optional.ofNullable(held.version());
    return new ResourceView(
        sent, sentAt, acked, acked.map(version -> ackedAt), Optional.ofNullable(nack));
  }
}

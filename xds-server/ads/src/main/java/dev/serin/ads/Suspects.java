package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.Resource;
import java.util.function.Predicate;

/**
 * Finds which resource of a rejected response is the bad one. A NACK names a response, not a
 * resource, and a client may have applied some of it: so its resources are offered again, in halves
 * until they stand alone (two suspects are offered one at a time). Confined to its stream.
 */
final class Suspects {
  private ImmutableList<ImmutableList<Resource>> groups = ImmutableList.of();

  boolean isEmpty() {
    return groups.isEmpty();
  }

  /** The resources of a rejected response of two or more. */
  void accuse(ImmutableList<Resource> offered) {
    int half = (offered.size() + 1) / 2;
    groups =
        ImmutableList.<ImmutableList<Resource>>builder()
            .add(offered.subList(0, half))
            .add(offered.subList(half, offered.size()))
            .addAll(groups)
            .build();
  }

  /** The group on trial has been answered; it is the first. */
  void conclude() {
    groups = groups.isEmpty() ? groups : groups.subList(1, groups.size());
  }

  /** Whether the resource has to wait for its trial. */
  boolean holdBack(String name) {
    return !groups.isEmpty() && groups.getFirst().stream().noneMatch(r -> r.name().equals(name));
  }

  /** The names of all resources that are still under suspicion. */
  ImmutableList<String> names() {
    return groups.stream()
        .flatMap(group -> group.stream().map(Resource::name))
        .collect(ImmutableList.toImmutableList());
  }

  /** Drops the resources that are no longer what would be sent: new content is no suspect. */
  void keepOnly(Predicate<Resource> wanted) {
    if (groups.isEmpty()) {
      return;
    }
    ImmutableList.Builder<ImmutableList<Resource>> left = ImmutableList.builder();
    for (ImmutableList<Resource> group : groups) {
      ImmutableList<Resource> kept =
          group.stream().filter(wanted).collect(ImmutableList.toImmutableList());
      if (!kept.isEmpty()) {
        left.add(kept);
      }
    }
    groups = left.build();
  }
}

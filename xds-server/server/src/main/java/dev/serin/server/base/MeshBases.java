package dev.serin.server.base;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.serin.ads.Proxy;
import dev.serin.mesh.Base;
import dev.serin.mesh.BaseSnapshot;
import dev.serin.mesh.BaseSnapshots;
import dev.serin.server.fleet.Bases;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/** All bases in the order in which they win, around Serin's own services. Any thread. */
public final class MeshBases implements Bases {
  /** What one base has for a proxy at the moment. */
  public interface Source {
    /** Equal proxies have one object. */
    BaseSnapshot of(Proxy proxy);

    /** What it has for any proxy. */
    ImmutableSet<BaseSnapshot> inUse();
  }

  private final BaseSnapshots shared;
  private final ImmutableList<Source> before;
  private final ImmutableList<Source> after;
  private final AtomicLong revision = new AtomicLong();

  /** Put together once for what all sources have. */
  private final Cache<ImmutableList<BaseSnapshot>, Base> made =
      CacheBuilder.newBuilder().weakValues().build();

  /**
   * Bases in their order.
   *
   * @param before the services
   * @param after the services
   */
  public MeshBases(
      BaseSnapshots shared, ImmutableList<Source> before, ImmutableList<Source> after) {
    this.shared = shared;
    this.before = before;
    this.after = after;
  }

  @Override
  public Base of(Proxy proxy) {
    ImmutableList.Builder<BaseSnapshot> all = ImmutableList.builder();
    before.forEach(source -> all.add(source.of(proxy)));
    after.forEach(source -> all.add(source.of(proxy)));
    return around(all.build());
  }

  private Base around(ImmutableList<BaseSnapshot> all) {
    try {
      return made.get(
          all,
          () ->
              shared.around(all.subList(0, before.size()), all.subList(before.size(), all.size())));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Sources that are the same for all proxies are combined with each that is not. */
  @Override
  public ImmutableSet<Base> inUse() {
    ImmutableList<ImmutableSet<BaseSnapshot>> all =
        java.util.stream.Stream.concat(before.stream(), after.stream())
            .map(Source::inUse)
            .collect(ImmutableList.toImmutableList());
    return com.google.common.collect.Sets.cartesianProduct(all).stream()
        .map(ImmutableList::copyOf)
        .map(this::around)
        .collect(ImmutableSet.toImmutableSet());
  }

  @Override
  public long revision() {
    return revision.get();
  }

  @Override
  public boolean mayHave(String cluster) {
    ImmutableSet<Base> now = inUse();
    return now.isEmpty() || now.stream().anyMatch(base -> base.mayHave(cluster));
  }

  /** Resources with routes may have changed. */
  public void changed() {
    revision.incrementAndGet();
  }
}

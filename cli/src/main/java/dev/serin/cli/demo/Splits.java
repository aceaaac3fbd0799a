package dev.serin.cli.demo;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.TypeUrls;
import dev.serin.v1.Proxy;
import dev.serin.v1.ProxySplit;
import dev.serin.v1.ProxyType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The splits of one release as they went out: when every proxy had acknowledged each of them, and
 * how many answers the new version had given by then. Owned by the scenario's thread.
 */
final class Splits {

  /** One split; {@code ackedAt} is empty while some proxy lacks it. */
  record Split(int weightPpm, long answeredBefore, Optional<Instant> ackedAt) {}

  private final String version;
  private final List<Split> splits = new ArrayList<>();

  Splits(String version) {
    this.version = version;
  }

  /** A weight is in force from now on; the same one again is no news. */
  void sent(int weightPpm, long answered) {
    boolean news = splits.isEmpty() ? weightPpm > 0 : splits.getLast().weightPpm() != weightPpm;
    if (news) {
      splits.add(new Split(weightPpm, answered, Optional.empty()));
    }
  }

  boolean awaitsProxies() {
    return !splits.isEmpty() && splits.getLast().ackedAt().isEmpty();
  }

  /** Looks whether all proxies have acknowledged the last split. */
  void look(List<Proxy> proxies) {
    if (!awaitsProxies() || proxies.isEmpty()) {
      return;
    }
    Split last = splits.getLast();
    Instant latest = Instant.EPOCH;
    for (Proxy proxy : proxies) {
      Optional<Instant> acked = routesAcked(proxy);
      if (acked.isEmpty() || !has(proxy, last.weightPpm())) {
        return;
      }
      latest = acked.get().isAfter(latest) ? acked.get() : latest;
    }
    splits.set(
        splits.size() - 1, new Split(last.weightPpm(), last.answeredBefore(), Optional.of(latest)));
  }

  private boolean has(Proxy proxy, int weightPpm) {
    return proxy.getState() != Proxy.State.DISCONNECTED
        && proxy.getAckedSplitsCount() > 0
        && proxy.getAckedSplitsList().stream()
            .map(ProxySplit::getSplitPpmMap)
            .allMatch(split -> split.getOrDefault(version, 0) == weightPpm);
  }

  private static Optional<Instant> routesAcked(Proxy proxy) {
    return proxy.getTypesList().stream()
        .filter(type -> type.getTypeUrl().equals(TypeUrls.ROUTES) && type.hasAcked())
        .map(ProxyType::getAcked)
        .map(Times::of)
        .findFirst();
  }

  ImmutableList<Split> all() {
    return ImmutableList.copyOf(splits);
  }

  /** When the last proxy acknowledged that nothing goes to the version any more. */
  Optional<Instant> zeroAcked() {
    return splits.isEmpty() || splits.getLast().weightPpm() > 0
        ? Optional.empty()
        : splits.getLast().ackedAt();
  }
}

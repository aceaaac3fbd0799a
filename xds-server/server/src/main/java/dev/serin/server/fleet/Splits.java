package dev.serin.server.fleet;

import com.google.common.collect.ImmutableList;
import dev.serin.ads.Proxy;
import dev.serin.ads.ProxyView;
import java.util.Optional;

/** What the versions at a proxy stand for. Any thread. */
public interface Splits {
  /** The splits that a proxy has acknowledged, as far as they can be told from its versions. */
  ImmutableList<SplitHistory.Acked> ackedSplits(ProxyView proxy);

  /** Why a service is not rendered as asked for a proxy; empty when it is. */
  Optional<String> refusal(Proxy proxy);
}

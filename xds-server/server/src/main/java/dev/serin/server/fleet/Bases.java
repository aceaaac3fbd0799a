package dev.serin.server.fleet;

import com.google.common.collect.ImmutableSet;
import dev.serin.ads.Proxy;
import dev.serin.mesh.Base;

/** What the mesh's bases beside Serin's services have at the moment. Any thread; never blocks. */
public interface Bases {
  /** Serin's services alone. */
  Bases NONE =
      new Bases() {
        @Override
        public Base of(Proxy proxy) {
          return Base.NONE;
        }

        @Override
        public ImmutableSet<Base> inUse() {
          return ImmutableSet.of();
        }

        @Override
        public long revision() {
          return 0;
        }

        @Override
        public boolean mayHave(String cluster) {
          return false;
        }
      };

  /** For one proxy. Equal proxies have one object. */
  Base of(Proxy proxy);

  /** What any proxy has. */
  ImmutableSet<Base> inUse();

  /** Counts the changes after which a resource with routes may be another, or elsewhere. */
  long revision();

  /** Whether some proxy may have an Envoy cluster of that name from here. */
  boolean mayHave(String cluster);
}

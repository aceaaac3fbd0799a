package dev.serin.server.control;

import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.FreezeWindow;
import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;

/** A resource to create or change. */
public sealed interface Wanted {
  ResourceName name();

  record Service(MeshService service) implements Wanted {
    @Override
    public ResourceName name() {
      return service.name();
    }
  }

  record Policy(CanaryPolicy policy) implements Wanted {
    @Override
    public ResourceName name() {
      return policy.name();
    }
  }

  record Freeze(FreezeWindow window) implements Wanted {
    @Override
    public ResourceName name() {
      return window.name();
    }
  }

  record Channel(dev.serin.policy.Channel channel) implements Wanted {
    @Override
    public ResourceName name() {
      return channel.name();
    }
  }

  record Release(dev.serin.policy.Release release) implements Wanted {
    @Override
    public ResourceName name() {
      return release.name();
    }
  }

  record Rollout(RolloutSpec spec) implements Wanted {
    @Override
    public ResourceName name() {
      return spec.name();
    }
  }
}

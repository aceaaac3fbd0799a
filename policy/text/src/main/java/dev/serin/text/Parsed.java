package dev.serin.text;

import com.google.protobuf.Message;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.FreezeWindow;
import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;

/**
 * A resource that was read without an error: its record with every default, its message as it was
 * written (short forms spelled out, defaults left out), and where it stands.
 */
public sealed interface Parsed {

  ResourceName name();

  Kind kind();

  /** The canonical message, ready to be sent to the API or printed as JSON. */
  Message message();

  Source source();

  record Service(MeshService service, dev.serin.v1.MeshService message, Source source)
      implements Parsed {
    @Override
    public ResourceName name() {
      return service.name();
    }

    @Override
    public Kind kind() {
      return Kind.MESH_SERVICE;
    }
  }

  record Policy(CanaryPolicy policy, dev.serin.v1.CanaryPolicy message, Source source)
      implements Parsed {
    @Override
    public ResourceName name() {
      return policy.name();
    }

    @Override
    public Kind kind() {
      return Kind.CANARY_POLICY;
    }
  }

  record Freeze(FreezeWindow freeze, dev.serin.v1.FreezeWindow message, Source source)
      implements Parsed {
    @Override
    public ResourceName name() {
      return freeze.name();
    }

    @Override
    public Kind kind() {
      return Kind.FREEZE_WINDOW;
    }
  }

  record Channel(dev.serin.policy.Channel channel, dev.serin.v1.Channel message, Source source)
      implements Parsed {
    @Override
    public ResourceName name() {
      return channel.name();
    }

    @Override
    public Kind kind() {
      return Kind.CHANNEL;
    }
  }

  record Release(dev.serin.policy.Release release, dev.serin.v1.Release message, Source source)
      implements Parsed {
    @Override
    public ResourceName name() {
      return release.name();
    }

    @Override
    public Kind kind() {
      return Kind.RELEASE;
    }
  }

  record Rollout(RolloutSpec rollout, dev.serin.v1.Rollout message, Source source)
      implements Parsed {
    @Override
    public ResourceName name() {
      return rollout.name();
    }

    @Override
    public Kind kind() {
      return Kind.ROLLOUT;
    }
  }
}

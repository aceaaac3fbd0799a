package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Channel;
import dev.serin.policy.Release;
import dev.serin.policy.ResourceName;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.spi.Notification;
import dev.serin.spi.ResourceKey;
import dev.serin.spi.StoredResource;
import dev.serin.text.RecordJson;
import java.util.Optional;

/**
 * How the catalogue's resources stand in the store; collects the puts and deletes of one
 * transaction.
 */
final class Documents {
  static final String SERVICE = "MeshService";
  static final String POLICY = "CanaryPolicy";
  static final String FREEZE = "FreezeWindow";
  static final String CHANNEL = "Channel";
  static final String NOTIFICATION = "Notification";
  static final String RELEASE = "Release";
  static final String ROLLOUT = "Rollout";
  static final String REVISION = "Revision";
  static final String REQUEST = "Request";
  static final String STANDINGS = "Standings";
  private static final ResourceName STANDINGS_NAME = new ResourceName("serin", "standings");
  private static final ResourceName REVISION_NAME = new ResourceName("serin", "revision");

  private final long revision;
  private final ImmutableList.Builder<StoredResource> puts = ImmutableList.builder();
  private final ImmutableList.Builder<ResourceKey> deletes = ImmutableList.builder();

  Documents(long revision) {
    this.revision = revision;
  }

  void service(ResourceName name, Optional<Versioned<ServiceState>> state) {
    write(SERVICE, name, state.map(s -> RecordJson.write(s.value())));
  }

  void policy(ResourceName name, Optional<Versioned<CanaryPolicy>> policy) {
    write(POLICY, name, policy.map(p -> RecordJson.write(p.value())));
  }

  void freeze(ResourceName name, Optional<Versioned<StoredFreeze>> freeze) {
    write(FREEZE, name, freeze.map(f -> RecordJson.write(f.value())));
  }

  void channel(ResourceName name, Optional<Versioned<Channel>> channel) {
    write(CHANNEL, name, channel.map(c -> RecordJson.write(c.value())));
  }

  /** Something to be told that has not been; under its tenant, and a key made of its id. */
  void notification(ResourceName key, Optional<Notification> notification) {
    write(NOTIFICATION, key, notification.map(RecordJson::write));
  }

  void release(ResourceName name, Optional<Versioned<Release>> release) {
    write(RELEASE, name, release.map(r -> RecordJson.write(r.value())));
  }

  /** A rollout's state is its journal; the document only says that it exists. */
  void rollout(ResourceName name, boolean exists) {
    write(ROLLOUT, name, exists ? Optional.of("{}") : Optional.empty());
  }

  void request(String key, Optional<Requests.Handled> handled) {
    write(REQUEST, new ResourceName("serin", key), handled.map(RecordJson::write));
  }

  /** What the kinds of proxies have, as one document: there are few of them. */
  void standings(ImmutableList<KindStanding> standings) {
    write(STANDINGS, STANDINGS_NAME, Optional.of(RecordJson.write(new Standings(standings))));
  }

  /** The body of that document. */
  record Standings(ImmutableList<KindStanding> standings) {}

  void revision() {
    write(REVISION, REVISION_NAME, Optional.of("{}"));
  }

  private void write(String kind, ResourceName name, Optional<String> body) {
    if (body.isPresent()) {
      puts.add(new StoredResource(kind, name.tenant(), name.name(), revision, body.get()));
    } else {
      deletes.add(new ResourceKey(kind, name.tenant(), name.name()));
    }
  }

  ImmutableList<StoredResource> puts() {
    return puts.build();
  }

  ImmutableList<ResourceKey> deletes() {
    return deletes.build();
  }
}

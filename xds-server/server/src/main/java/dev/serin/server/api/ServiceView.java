package dev.serin.server.api;

import dev.serin.mesh.ServiceState;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.ResourceName;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.MeshService;
import dev.serin.v1.MeshServiceStatus;

/** Services and policies as the API shows them. */
final class ServiceView {
  private ServiceView() {}

  static MeshService of(Catalog catalog, Versioned<ServiceState> stored) {
    ResourceName name = stored.value().service().name();
    MeshServiceStatus.Builder status =
        MeshServiceStatus.newBuilder()
            .setStable(stored.value().stable())
            .setDetached(stored.value().isDetached())
            .setRevision(stored.revision());
    catalog
        .running(name)
        .ifPresent(
            live -> status.setRollout(Names.full(Names.ROLLOUTS, live.state().spec().name())));
    return ProtoCodec.toProto(stored.value().service()).toBuilder()
        .setName(Names.full(Names.SERVICES, name))
        .setApiVersion("serin.dev/v1")
        .setKind("MeshService")
        .setStatus(status)
        .setEtag(Long.toString(stored.revision()))
        .build();
  }

  static dev.serin.v1.CanaryPolicy of(Versioned<CanaryPolicy> stored) {
    return of(stored.value()).toBuilder().setEtag(Long.toString(stored.revision())).build();
  }

  static dev.serin.v1.CanaryPolicy of(CanaryPolicy policy) {
    return ProtoCodec.toProto(policy).toBuilder()
        .setName(Names.full(Names.POLICIES, policy.name()))
        .setApiVersion("serin.dev/v1")
        .setKind("CanaryPolicy")
        .build();
  }
}

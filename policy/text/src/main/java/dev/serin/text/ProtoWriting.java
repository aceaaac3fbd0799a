package dev.serin.text;

import com.google.protobuf.Duration;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.MeshService;
import dev.serin.policy.MeshService.Backend;
import dev.serin.policy.MeshService.Endpoint;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.v1.Exit;
import dev.serin.v1.MeshServiceSpec;
import dev.serin.v1.Metadata;
import java.util.Map;

/** Records into messages: services, rollouts and what all kinds share. */
final class ProtoWriting {

  private ProtoWriting() {}

  static dev.serin.v1.MeshService service(MeshService service) {
    MeshServiceSpec.Builder spec =
        MeshServiceSpec.newBuilder()
            .setInitialStable(service.initialStable())
            .setProtocol(
                switch (service.protocol()) {
                  case HTTP -> MeshServiceSpec.Protocol.HTTP;
                  case HTTP2 -> MeshServiceSpec.Protocol.HTTP2;
                  case GRPC -> MeshServiceSpec.Protocol.GRPC;
                })
            .addAllHosts(service.hosts())
            .setPort(service.port());
    service.versions().forEach((version, backend) -> spec.putVersions(version, version(backend)));
    spec.getUpstreamBuilder()
        .setTimeout(duration(service.upstream().timeout()))
        .setIdleTimeout(duration(service.upstream().idleTimeout()));
    service
        .upstream()
        .healthCheckPath()
        .ifPresent(path -> spec.getUpstreamBuilder().getHealthCheckBuilder().setPath(path));
    return dev.serin.v1.MeshService.newBuilder()
        .setName(Kind.MESH_SERVICE.fullName(service.name()))
        .setApiVersion(Kind.API_VERSION)
        .setKind(Kind.MESH_SERVICE.word())
        .setMetadata(metadata(service.name(), service.labels()))
        .setSpec(spec)
        .build();
  }

  private static MeshServiceSpec.Version version(Backend backend) {
    MeshServiceSpec.Version.Builder version = MeshServiceSpec.Version.newBuilder();
    return switch (backend) {
      case Backend.EnvoyCluster(String cluster) -> version.setEnvoyCluster(cluster).build();
      case Backend.Endpoints endpoints ->
          version
              .addAllEndpoints(endpoints.endpoints().stream().map(Endpoint::toString).toList())
              .build();
      case Backend.Dns(Endpoint target) -> version.setDns(target.toString()).build();
    };
  }

  static dev.serin.v1.Rollout rollout(RolloutSpec rollout) {
    return dev.serin.v1.Rollout.newBuilder()
        .setName(Kind.ROLLOUT.fullName(rollout.name()))
        .setApiVersion(Kind.API_VERSION)
        .setKind(Kind.ROLLOUT.word())
        .setMetadata(metadata(rollout.name(), rollout.labels()))
        .setSpec(spec(rollout))
        .build();
  }

  private static dev.serin.v1.RolloutSpec spec(RolloutSpec rollout) {
    dev.serin.v1.RolloutSpec.Builder spec =
        dev.serin.v1.RolloutSpec.newBuilder()
            .setService(rollout.service().name())
            .setTo(rollout.to())
            .setPolicy(rollout.policy())
            .setDraft(rollout.draft())
            .setObserve(rollout.reach().observe())
            .addAllDependsOn(rollout.reach().dependsOn())
            .putAllVariantsPpm(rollout.variants().ppm());
    rollout.reach().upToPpm().ifPresent(spec::setUpToPpm);
    return spec.build();
  }

  static Metadata metadata(ResourceName name, Map<String, String> labels) {
    return Metadata.newBuilder()
        .setName(name.name())
        .setTenant(name.tenant())
        .putAllLabels(labels)
        .build();
  }

  static Duration duration(java.time.Duration duration) {
    return Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  static Exit exit(CanaryPolicy.Exit exit) {
    return switch (exit) {
      case CanaryPolicy.Exit.Hold hold -> Exit.newBuilder().setAction(Exit.Action.HOLD).build();
      case CanaryPolicy.Exit.Rollback rollback ->
          Exit.newBuilder().setAction(Exit.Action.ROLLBACK).build();
      case CanaryPolicy.Exit.HoldThenRollback(java.time.Duration after) ->
          Exit.newBuilder().setHoldThenRollback(duration(after)).build();
    };
  }
}

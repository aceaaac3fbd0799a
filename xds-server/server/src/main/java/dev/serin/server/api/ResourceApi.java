package dev.serin.server.api;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.ResourceName;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Control;
import dev.serin.server.control.Control.Applied;
import dev.serin.server.control.Control.Wanted;
import dev.serin.text.Checked;
import dev.serin.text.Problem;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.AnyResource;
import dev.serin.v1.ApplyRequest;
import dev.serin.v1.ApplyResponse;
import dev.serin.v1.ApplyResult;
import dev.serin.v1.ResourceProblem;
import dev.serin.v1.ResourceServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** {@code serin.v1.ResourceService}: several resources in one transaction. */
public final class ResourceApi extends ResourceServiceGrpc.ResourceServiceImplBase {
  private final Control control;

  public ResourceApi(Control control) {
    this.control = control;
  }

  @Override
  public void apply(ApplyRequest request, StreamObserver<ApplyResponse> observer) {
    Replies.guard(
        observer,
        () -> {
          ApplyResponse.Builder response = ApplyResponse.newBuilder();
          List<Wanted> wanted = new ArrayList<>();
          for (int i = 0; i < request.getResourcesCount(); i++) {
            check(request.getResources(i), i, response).ifPresent(wanted::add);
          }
          if (wanted.size() < request.getResourcesCount()) {
            Replies.now(observer, response::build);
            return;
          }
          Replies.send(
              control.apply(
                  wanted,
                  Callers.by(request.getReason(), request.getRequestId()),
                  request.getValidateOnly()),
              observer,
              applied -> answer(response, applied));
        });
  }

  private static Optional<Wanted> check(
      AnyResource resource, int index, ApplyResponse.Builder response) {
    return switch (resource.getResourceCase()) {
      case MESH_SERVICE ->
          take(ProtoCodec.check(resource.getMeshService()), Wanted.Service::new, index, response);
      case CANARY_POLICY ->
          take(ProtoCodec.check(resource.getCanaryPolicy()), Wanted.Policy::new, index, response);
      case ROLLOUT ->
          take(ProtoCodec.check(resource.getRollout()), Wanted.Release::new, index, response);
      case RELEASE, FREEZE_WINDOW, METRIC_QUERY, CHANNEL, RESOURCE_NOT_SET ->
          take(
              new Checked<>(
                  Optional.<Wanted>empty(),
                  ImmutableList.of(
                      new Problem(
                          "",
                          0,
                          "kind",
                          Problem.Code.NOT_SUPPORTED,
                          Problem.Severity.ERROR,
                          "kind: "
                              + resource.getResourceCase()
                              + " is not supported yet (expected: MeshService, CanaryPolicy, Rollout)",
                          ""))),
              w -> w,
              index,
              response);
    };
  }

  private static <T> Optional<Wanted> take(
      Checked<T> checked, Function<T, Wanted> wrap, int index, ApplyResponse.Builder response) {
    for (Problem problem : checked.problems()) {
      response.addProblems(
          ResourceProblem.newBuilder().setIndex(index).setProblem(problem.toProto()));
    }
    return checked.value().map(wrap);
  }

  private ApplyResponse answer(ApplyResponse.Builder response, ImmutableList<Applied> applied) {
    Catalog catalog = control.catalog();
    for (Applied one : applied) {
      response.addResults(
          ApplyResult.newBuilder()
              .setName(fullName(one.wanted()))
              .setOutcome(outcome(one))
              .setNote(one.note())
              .setResource(view(catalog, one.wanted())));
    }
    return response.build();
  }

  private static ApplyResult.Outcome outcome(Applied applied) {
    if (!applied.existed()) {
      return ApplyResult.Outcome.CREATED;
    }
    return applied.changed() ? ApplyResult.Outcome.UPDATED : ApplyResult.Outcome.UNCHANGED;
  }

  private static String fullName(Wanted wanted) {
    return switch (wanted) {
      case Wanted.Service service -> Names.full(Names.SERVICES, service.name());
      case Wanted.Policy policy -> Names.full(Names.POLICIES, policy.name());
      case Wanted.Release release -> Names.full(Names.ROLLOUTS, release.name());
    };
  }

  /** As it is stored; after a mere check, as it was asked for. */
  private static AnyResource view(Catalog catalog, Wanted wanted) {
    AnyResource.Builder any = AnyResource.newBuilder();
    ResourceName name = wanted.name();
    switch (wanted) {
      case Wanted.Service service -> {
        var stored = catalog.services().get(name);
        any.setMeshService(
            stored == null
                ? ProtoCodec.toProto(service.service())
                : ServiceView.of(catalog, stored));
      }
      case Wanted.Policy policy -> {
        var stored = catalog.policies().get(name);
        any.setCanaryPolicy(
            stored == null ? ServiceView.of(policy.policy()) : ServiceView.of(stored));
      }
      case Wanted.Release release -> {
        var stored = catalog.rollouts().get(name);
        any.setRollout(
            stored == null ? ProtoCodec.toProto(release.spec()) : RolloutView.of(stored));
      }
    }
    return any.build();
  }
}

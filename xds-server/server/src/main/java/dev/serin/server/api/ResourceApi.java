package dev.serin.server.api;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.By;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Control;
import dev.serin.server.control.Control.Applied;
import dev.serin.server.control.Outcome;
import dev.serin.server.control.Wanted;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.AnyResource;
import dev.serin.v1.ApplyRequest;
import dev.serin.v1.ApplyResponse;
import dev.serin.v1.ApplyResult;
import dev.serin.v1.ResourceProblem;
import dev.serin.v1.ResourceServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** {@code serin.v1.ResourceService}: several resources in one transaction. */
public final class ResourceApi extends ResourceServiceGrpc.ResourceServiceImplBase {
  /** The whole of a large mesh; what is more is a mistake or worse. */
  private static final int MAX_RESOURCES = 10_000;

  private final Control control;
  private final InstantSource clock;

  public ResourceApi(Control control, InstantSource clock) {
    this.control = control;
    this.clock = clock;
  }

  @Override
  public void apply(ApplyRequest request, StreamObserver<ApplyResponse> observer) {
    Replies.guard(
        observer,
        () -> {
          if (request.getResourcesCount() > MAX_RESOURCES) {
            throw Replies.badField(
                "resources",
                request.getResourcesCount() + " (expected: at most " + MAX_RESOURCES + ")");
          }
          Asked asked = Asked.read(request.getResourcesList());
          By by = Callers.by(request.getReason(), request.getRequestId());
          CompletableFuture<Outcome<ApplyResponse>> answer =
              asked.isSound()
                  ? control
                      .on(Callers.terms(request, request.getRequestId()))
                      .apply(asked.wanted(), by, request.getValidateOnly())
                      .thenApply(outcome -> answered(asked, outcome))
                  : control
                      .apply(asked.wanted(), by, /* checkOnly= */ true)
                      .thenApply(outcome -> Outcome.done(besides(asked, outcome)));
          Replies.send(answer, observer, response -> response);
        });
  }

  /** What a resource asks and cannot have is told beside it; only the rest fails the call. */
  private Outcome<ApplyResponse> answered(Asked asked, Outcome<ImmutableList<Applied>> outcome) {
    return switch (outcome) {
      case Outcome.Done<ImmutableList<Applied>> done -> Outcome.done(answer(asked, done.value()));
      case Outcome.Refused<ImmutableList<Applied>> refused ->
          isOfResources(refused)
              ? Outcome.done(problems(asked.found(), asked.inTheWay(refused.at())))
              : refused.map(none -> ApplyResponse.getDefaultInstance());
    };
  }

  /** Of some that cannot stand and will not be applied: what else is in the way of the others. */
  private static ApplyResponse besides(Asked asked, Outcome<ImmutableList<Applied>> outcome) {
    return outcome instanceof Outcome.Refused<ImmutableList<Applied>> refused
            && isOfResources(refused)
        ? problems(asked.found(), asked.inTheWay(refused.at()))
        : problems(asked.found(), ImmutableList.of());
  }

  private static boolean isOfResources(Outcome.Refused<?> refused) {
    return !refused.at().isEmpty()
        && refused.at().stream().noneMatch(at -> at.path().equals("request_id"));
  }

  private static ApplyResponse problems(
      ImmutableList<ResourceProblem> one, ImmutableList<ResourceProblem> other) {
    return ApplyResponse.newBuilder()
        .addAllProblems(
            Stream.concat(one.stream(), other.stream())
                .sorted(Comparator.comparingInt(ResourceProblem::getIndex))
                .toList())
        .build();
  }

  private ApplyResponse answer(Asked asked, ImmutableList<Applied> applied) {
    Catalog catalog = control.catalog();
    ApplyResponse.Builder response = ApplyResponse.newBuilder().addAllProblems(asked.found());
    for (Applied one : applied) {
      response.addResults(
          ApplyResult.newBuilder()
              .setName(Asked.fullName(one.wanted()))
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

  /** As it is stored; after a mere check, as it was asked for. */
  private AnyResource view(Catalog catalog, Wanted wanted) {
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
      case Wanted.Freeze freeze -> {
        var stored = catalog.freezes().byName().get(name);
        any.setFreezeWindow(
            stored == null
                ? ProtoCodec.toProto(freeze.window())
                : FreezeView.of(stored, clock.instant()));
      }
      case Wanted.Channel channel -> {
        var stored = catalog.channels().get(name);
        any.setChannel(
            stored == null ? ProtoCodec.toProto(channel.channel()) : ChannelApi.view(stored));
      }
      case Wanted.Release release -> {
        var stored = catalog.releases().get(name);
        any.setRelease(
            stored == null ? ProtoCodec.toProto(release.release()) : ReleaseApi.view(stored));
      }
      case Wanted.Rollout release -> {
        var stored = catalog.rollouts().get(name);
        any.setRollout(
            stored == null ? ProtoCodec.toProto(release.spec()) : RolloutView.of(stored));
      }
    }
    return any.build();
  }
}

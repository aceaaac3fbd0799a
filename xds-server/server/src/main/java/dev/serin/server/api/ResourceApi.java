package dev.serin.server.api;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.ResourceName;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Control;
import dev.serin.server.control.Control.Applied;
import dev.serin.server.control.Control.Wanted;
import dev.serin.server.control.Outcome;
import dev.serin.text.Checked;
import dev.serin.text.Kind;
import dev.serin.text.Problem;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.AnyResource;
import dev.serin.v1.ApplyRequest;
import dev.serin.v1.ApplyResponse;
import dev.serin.v1.ApplyResult;
import dev.serin.v1.Metadata;
import dev.serin.v1.ResourceProblem;
import dev.serin.v1.ResourceServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** {@code serin.v1.ResourceService}: several resources in one transaction. */
public final class ResourceApi extends ResourceServiceGrpc.ResourceServiceImplBase {
  /** The whole of a large mesh; what is more is a mistake or worse. */
  private static final int MAX_RESOURCES = 10_000;

  private final Control control;

  public ResourceApi(Control control) {
    this.control = control;
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
              control
                  .on(Callers.terms(request, request.getRequestId()))
                  .apply(
                      wanted,
                      Callers.by(request.getReason(), request.getRequestId()),
                      request.getValidateOnly())
                  .thenApply(outcome -> answered(response, wanted, outcome)),
              observer,
              answer -> answer);
        });
  }

  /** What a resource asks and cannot have is told beside it; only the rest fails the call. */
  private Outcome<ApplyResponse> answered(
      ApplyResponse.Builder response,
      List<Wanted> wanted,
      Outcome<ImmutableList<Applied>> outcome) {
    return switch (outcome) {
      case Outcome.Done<ImmutableList<Applied>> done ->
          Outcome.done(answer(response, done.value()));
      case Outcome.Refused<ImmutableList<Applied>> refused -> {
        boolean ofResources =
            !refused.at().isEmpty() && refused.at().stream().noneMatch(ResourceApi::isOfTheCall);
        if (!ofResources) {
          yield refused.map(none -> response.build());
        }
        refused.at().forEach(at -> response.addProblems(problem(wanted, at)));
        yield Outcome.done(response.build());
      }
    };
  }

  private static boolean isOfTheCall(Outcome.At at) {
    return at.path().equals("request_id");
  }

  private static ResourceProblem problem(List<Wanted> wanted, Outcome.At at) {
    return ResourceProblem.newBuilder()
        .setIndex(at.index())
        .setName(fullName(wanted.get(at.index())))
        .setProblem(
            dev.serin.v1.Problem.newBuilder()
                .setPath(at.path())
                .setCode(at.kind().name())
                .setSeverity(dev.serin.v1.Problem.Severity.ERROR)
                .setMessage(at.message()))
        .build();
  }

  private static Optional<Wanted> check(
      AnyResource resource, int index, ApplyResponse.Builder response) {
    int before = response.getProblemsCount();
    Optional<Wanted> wanted = read(resource, index, response);
    for (int i = before; i < response.getProblemsCount(); i++) {
      response.getProblemsBuilder(i).setName(nameOf(resource));
    }
    return wanted;
  }

  private static Optional<Wanted> read(
      AnyResource resource, int index, ApplyResponse.Builder response) {
    return switch (resource.getResourceCase()) {
      case MESH_SERVICE ->
          take(ProtoCodec.check(resource.getMeshService()), Wanted.Service::new, index, response);
      case CANARY_POLICY ->
          take(ProtoCodec.check(resource.getCanaryPolicy()), Wanted.Policy::new, index, response);
      case ROLLOUT ->
          take(ProtoCodec.check(resource.getRollout()), Wanted.Release::new, index, response);
      case RELEASE -> refused(Kind.RELEASE, index, response);
      case FREEZE_WINDOW -> refused(Kind.FREEZE_WINDOW, index, response);
      case METRIC_QUERY -> refused(Kind.METRIC_QUERY, index, response);
      case CHANNEL -> refused(Kind.CHANNEL, index, response);
      case RESOURCE_NOT_SET -> {
        response.addProblems(
            problem(index, Problem.Code.MISSING, "nothing (expected: a resource)", ""));
        yield Optional.empty();
      }
    };
  }

  private static Optional<Wanted> refused(Kind kind, int index, ApplyResponse.Builder response) {
    response.addProblems(
        problem(
            index,
            Problem.Code.NOT_SUPPORTED,
            "not supported yet: kind " + kind.word(),
            "leave it out"));
    return Optional.empty();
  }

  private static ResourceProblem.Builder problem(
      int index, Problem.Code code, String message, String hint) {
    return ResourceProblem.newBuilder()
        .setIndex(index)
        .setProblem(
            new Problem("", 0, "kind", code, Problem.Severity.ERROR, message, hint).toProto());
  }

  /** As it was asked, also when it cannot stand; empty where there is none. */
  private static String nameOf(AnyResource resource) {
    return switch (resource.getResourceCase()) {
      case MESH_SERVICE -> name(Kind.MESH_SERVICE, resource.getMeshService().getMetadata());
      case CANARY_POLICY -> name(Kind.CANARY_POLICY, resource.getCanaryPolicy().getMetadata());
      case ROLLOUT -> name(Kind.ROLLOUT, resource.getRollout().getMetadata());
      case RELEASE -> name(Kind.RELEASE, resource.getRelease().getMetadata());
      case FREEZE_WINDOW -> name(Kind.FREEZE_WINDOW, resource.getFreezeWindow().getMetadata());
      case METRIC_QUERY -> name(Kind.METRIC_QUERY, resource.getMetricQuery().getMetadata());
      case CHANNEL -> name(Kind.CHANNEL, resource.getChannel().getMetadata());
      case RESOURCE_NOT_SET -> "";
    };
  }

  private static String name(Kind kind, Metadata metadata) {
    String tenant =
        metadata.getTenant().isEmpty() ? ResourceName.DEFAULT_TENANT : metadata.getTenant();
    return "tenants/" + tenant + "/" + kind.collection() + "/" + metadata.getName();
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

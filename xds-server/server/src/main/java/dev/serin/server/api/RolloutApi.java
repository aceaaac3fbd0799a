package dev.serin.server.api;

import com.google.protobuf.Empty;
import dev.serin.policy.Ppm;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.rollout.By;
import dev.serin.rollout.Event;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Control;
import dev.serin.server.control.LiveRollout;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.AbortRolloutRequest;
import dev.serin.v1.CreateRolloutRequest;
import dev.serin.v1.DeleteRolloutRequest;
import dev.serin.v1.ExplainRolloutRequest;
import dev.serin.v1.ExplainRolloutResponse;
import dev.serin.v1.GetRolloutRequest;
import dev.serin.v1.ListRolloutsRequest;
import dev.serin.v1.ListRolloutsResponse;
import dev.serin.v1.PauseRolloutRequest;
import dev.serin.v1.PromoteRolloutRequest;
import dev.serin.v1.ResumeRolloutRequest;
import dev.serin.v1.RetryRolloutRequest;
import dev.serin.v1.RollbackRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc;
import dev.serin.v1.SetWeightRequest;
import dev.serin.v1.StartRolloutRequest;
import dev.serin.v1.UpdateRolloutRequest;
import dev.serin.v1.WatchRolloutsRequest;
import dev.serin.v1.WatchRolloutsResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.List;
import java.util.function.BiFunction;

/** {@code serin.v1.RolloutService}. */
public final class RolloutApi extends RolloutServiceGrpc.RolloutServiceImplBase {
  private static final int MAX_PAGE = 1_000;

  private final Control control;
  private final RolloutWatches watches;
  private final Decisions decisions;

  public RolloutApi(Control control, RolloutWatches watches, Decisions decisions) {
    this.control = control;
    this.watches = watches;
    this.decisions = decisions;
  }

  @Override
  public void getRollout(GetRolloutRequest request, StreamObserver<Rollout> observer) {
    Replies.now(observer, () -> RolloutView.of(find(request.getName())));
  }

  @Override
  public void listRollouts(
      ListRolloutsRequest request, StreamObserver<ListRolloutsResponse> observer) {
    Replies.now(
        observer,
        () -> {
          String tenant = Names.tenant(request.getParent());
          LabelFilter labels = LabelFilter.parse(request.getFilter());
          Catalog catalog = control.catalog();
          List<LiveRollout> selected =
              catalog.rollouts().values().stream()
                  .filter(live ->
                      tenant.equals(Names.ANY_TENANT)
                          || live.state().spec().name().tenant().equals(tenant))
                  .filter(live -> labels.matches(live.state().spec().labels()))
                  .toList();
          Page<LiveRollout> page =
              Page.of(
                  selected,
                  live -> Names.pageKey(live.state().spec().name()),
                  request.getPageSize(),
                  MAX_PAGE,
                  request.getPageToken());
          return ListRolloutsResponse.newBuilder()
              .addAllRollouts(page.items().stream().map(RolloutView::of).toList())
              .setNextPageToken(page.nextToken())
              .setRevision(catalog.revision())
              .build();
        });
  }

  @Override
  public void createRollout(CreateRolloutRequest request, StreamObserver<Rollout> observer) {
    Replies.guard(
        observer,
        () -> {
          Rollout wanted =
              withName(request.getRollout(), request.getParent(), request.getRolloutId());
          RolloutSpec spec = Replies.require(ProtoCodec.check(wanted));
          if (control.catalog().rollouts().containsKey(spec.name())) {
            throw Status.ALREADY_EXISTS
                .withDescription(
                    "rollout "
                        + spec.name()
                        + " exists already; see it with `get`, begin it again with `retry`")
                .asRuntimeException();
          }
          apply(
              spec,
              Callers.by(request.getReason(), request.getRequestId()),
              request.getValidateOnly(),
              observer);
        });
  }

  private static Rollout withName(Rollout rollout, String parent, String id) {
    Rollout.Builder named = rollout.toBuilder();
    String tenant = Names.tenant(parent);
    named.getMetadataBuilder().setTenant(tenant);
    if (!id.isEmpty()) {
      named.getMetadataBuilder().setName(id);
    }
    return named.build();
  }

  @Override
  public void updateRollout(UpdateRolloutRequest request, StreamObserver<Rollout> observer) {
    Replies.guard(
        observer,
        () -> {
          RolloutSpec spec = Replies.require(ProtoCodec.check(request.getRollout()));
          boolean exists = control.catalog().rollouts().containsKey(spec.name());
          if (!exists && !request.getAllowMissing()) {
            throw Replies.notFound("rollout " + spec.name());
          }
          apply(
              spec,
              Callers.by(request.getReason(), request.getRequestId()),
              request.getValidateOnly(),
              observer);
        });
  }

  private void apply(RolloutSpec spec, By by, boolean checkOnly, StreamObserver<Rollout> observer) {
    Replies.send(
        control.apply(List.of(new Control.Wanted.Release(spec)), by, checkOnly),
        observer,
        applied ->
            checkOnly
                ? ProtoCodec.toProto(spec)
                : RolloutView.of(find(Names.full(Names.ROLLOUTS, spec.name()))));
  }

  @Override
  public void deleteRollout(DeleteRolloutRequest request, StreamObserver<Empty> observer) {
    Replies.guard(
        observer,
        () -> {
          ResourceName name = Names.parse(Names.ROLLOUTS, request.getName());
          LiveRollout live = control.catalog().rollouts().get(name);
          if (live == null && request.getAllowMissing()) {
            Replies.now(observer, Empty::getDefaultInstance);
            return;
          }
          checkEtag(live, request.getEtag());
          Replies.send(
              control.deleteRollout(
                  name,
                  request.getAbort(),
                  Callers.by(request.getReason(), request.getRequestId()),
                  request.getValidateOnly()),
              observer,
              deleted -> Empty.getDefaultInstance());
        });
  }

  @Override
  public void startRollout(StartRolloutRequest request, StreamObserver<Rollout> observer) {
    Replies.guard(
        observer,
        () -> {
          LiveRollout live = find(request.getName());
          checkEtag(live, request.getEtag());
          Replies.send(
              control.start(
                  live.state().spec().name(),
                  Callers.by(request.getReason(), request.getRequestId()),
                  request.getValidateOnly()),
              observer,
              RolloutView::of);
        });
  }

  @Override
  public void pauseRollout(PauseRolloutRequest r, StreamObserver<Rollout> observer) {
    wholeMesh(
        r.getClustersList(),
        observer,
        () ->
            verb(
                r.getName(),
                r.getEtag(),
                by(r.getReason(), r.getRequestId()),
                r.getValidateOnly(),
                Event.Pause::new,
                observer));
  }

  @Override
  public void resumeRollout(ResumeRolloutRequest r, StreamObserver<Rollout> observer) {
    wholeMesh(
        r.getClustersList(),
        observer,
        () ->
            verb(
                r.getName(),
                r.getEtag(),
                by(r.getReason(), r.getRequestId()),
                r.getValidateOnly(),
                Event.Resume::new,
                observer));
  }

  @Override
  public void promoteRollout(PromoteRolloutRequest r, StreamObserver<Rollout> observer) {
    wholeMesh(
        r.getClustersList(),
        observer,
        () ->
            verb(
                r.getName(),
                r.getEtag(),
                by(r.getReason(), r.getRequestId()),
                r.getValidateOnly(),
                (at, by) -> new Event.Promote(at, by, r.getFull(), r.getForce()),
                observer));
  }

  @Override
  public void abortRollout(AbortRolloutRequest r, StreamObserver<Rollout> observer) {
    Replies.guard(
        observer,
        () ->
            verb(
                r.getName(),
                r.getEtag(),
                by(r.getReason(), r.getRequestId()),
                r.getValidateOnly(),
                (at, by) -> new Event.Abort(at, by, r.getForce()),
                observer));
  }

  @Override
  public void rollbackRollout(RollbackRolloutRequest r, StreamObserver<Rollout> observer) {
    wholeMesh(
        r.getClustersList(),
        observer,
        () ->
            verb(
                r.getName(),
                r.getEtag(),
                by(r.getReason(), r.getRequestId()),
                r.getValidateOnly(),
                Event.Rollback::new,
                observer));
  }

  @Override
  public void retryRollout(RetryRolloutRequest r, StreamObserver<Rollout> observer) {
    Replies.guard(
        observer,
        () ->
            verb(
                r.getName(),
                r.getEtag(),
                by(r.getReason(), r.getRequestId()),
                r.getValidateOnly(),
                Event.Retry::new,
                observer));
  }

  @Override
  public void setWeight(SetWeightRequest r, StreamObserver<Rollout> observer) {
    wholeMesh(
        r.getClustersList(),
        observer,
        () -> {
          if (r.getWeightPpm() < 0 || r.getWeightPpm() > Ppm.ALL) {
            throw Status.INVALID_ARGUMENT
                .withDescription("weight_ppm: " + r.getWeightPpm() + " (expected: 0..1000000)")
                .asRuntimeException();
          }
          verb(
              r.getName(),
              r.getEtag(),
              by(r.getReason(), r.getRequestId()),
              r.getValidateOnly(),
              (at, by) -> new Event.SetWeight(at, by, r.getWeightPpm()),
              observer);
        });
  }

  @Override
  public void explainRollout(
      ExplainRolloutRequest request, StreamObserver<ExplainRolloutResponse> observer) {
    Replies.now(
        observer,
        () ->
            decisions.explain(
                find(request.getName()), request.getPageSize(), request.getPageToken()));
  }

  @Override
  public void watchRollouts(
      WatchRolloutsRequest request, StreamObserver<WatchRolloutsResponse> observer) {
    Replies.guard(
        observer,
        () ->
            watches.open(
                request,
                control.catalog(),
                (ServerCallStreamObserver<WatchRolloutsResponse>) observer));
  }

  private static By by(String reason, String requestId) {
    return Callers.by(reason, requestId);
  }

  private static void wholeMesh(
      List<String> clusters, StreamObserver<Rollout> observer, Runnable call) {
    Replies.guard(
        observer,
        () -> {
          if (!clusters.isEmpty()) {
            throw Replies.notSupported("a verb on single mesh clusters");
          }
          call.run();
        });
  }

  private void verb(
      String fullName,
      String etag,
      By by,
      boolean checkOnly,
      BiFunction<Instant, By, Event.Command> event,
      StreamObserver<Rollout> observer) {
    LiveRollout live = find(fullName);
    checkEtag(live, etag);
    Replies.send(
        control.command(live.state().spec().name(), checkOnly, at -> event.apply(at, by)),
        observer,
        RolloutView::of);
  }

  private static void checkEtag(@org.jspecify.annotations.Nullable LiveRollout live, String etag) {
    if (live != null && !etag.isEmpty() && !etag.equals(RolloutView.etag(live))) {
      throw Status.ABORTED
          .withDescription(
              "etag: " + etag + " (expected: " + RolloutView.etag(live) + "); read it again")
          .asRuntimeException();
    }
  }

  private LiveRollout find(String fullName) {
    ResourceName name = Names.parse(Names.ROLLOUTS, fullName);
    LiveRollout live = control.catalog().rollouts().get(name);
    if (live == null) {
      throw Replies.notFound("rollout " + name);
    }
    return live;
  }
}

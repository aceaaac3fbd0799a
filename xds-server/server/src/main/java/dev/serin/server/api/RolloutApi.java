package dev.serin.server.api;

import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import dev.serin.policy.Ppm;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.rollout.By;
import dev.serin.rollout.Event;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Control;
import dev.serin.server.control.LiveRollout;
import dev.serin.server.control.Outcome;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.server.control.Wanted;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.AbortRolloutRequest;
import dev.serin.v1.ApproveRolloutRequest;
import dev.serin.v1.CreateRolloutRequest;
import dev.serin.v1.DeleteRolloutRequest;
import dev.serin.v1.ExplainRolloutRequest;
import dev.serin.v1.ExplainRolloutResponse;
import dev.serin.v1.GetRolloutRequest;
import dev.serin.v1.ListRolloutsRequest;
import dev.serin.v1.ListRolloutsResponse;
import dev.serin.v1.PauseRolloutRequest;
import dev.serin.v1.PromoteRolloutRequest;
import dev.serin.v1.RejectRolloutRequest;
import dev.serin.v1.ResumeRolloutRequest;
import dev.serin.v1.RetryRolloutRequest;
import dev.serin.v1.RollbackRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.SetWeightRequest;
import dev.serin.v1.SkipRolloutRequest;
import dev.serin.v1.StartRolloutRequest;
import dev.serin.v1.UpdateRolloutRequest;
import dev.serin.v1.UrgentRolloutRequest;
import dev.serin.v1.WatchRolloutsRequest;
import dev.serin.v1.WatchRolloutsResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** {@code serin.v1.RolloutService}. */
public final class RolloutApi extends ReleaseApi {
  private static final int MAX_PAGE = 1_000;

  private final Control control;
  private final RolloutWatches watches;
  private final Decisions decisions;
  private final OpenRequests open;
  private final StandardPut<RolloutSpec, Rollout> standard;

  public RolloutApi(
      Control control, RolloutWatches watches, Decisions decisions, OpenRequests open) {
    super(control);
    this.open = open;
    this.control = control;
    this.watches = watches;
    this.decisions = decisions;
    this.standard =
        new StandardPut<>(
            Wanted.Rollout::new,
            Rollout.getDefaultInstance(),
            ProtoCodec::toProto,
            (name, note) -> RolloutView.of(find(Names.full(Names.ROLLOUTS, name)), note));
  }

  @Override
  public void getRollout(GetRolloutRequest request, StreamObserver<Rollout> observer) {
    Replies.now(observer, () -> shown(find(request.getName())));
  }

  private Rollout shown(LiveRollout live) {
    return open.added(RolloutView.of(live), live);
  }

  @Override
  public void listRollouts(
      ListRolloutsRequest request, StreamObserver<ListRolloutsResponse> observer) {
    Replies.now(
        observer,
        () -> {
          ListFilter filter = ListFilter.of(request.getParent(), request.getFilter());
          Catalog catalog = control.catalog();
          List<LiveRollout> selected =
              catalog.rollouts().values().stream()
                  .filter(live ->
                      filter.takes(live.state().spec().name(), live.state().spec().labels()))
                  .toList();
          Page<LiveRollout> page =
              Page.of(
                  selected,
                  live -> Names.pageKey(live.state().spec().name()),
                  request.getPageSize(),
                  MAX_PAGE,
                  request.getPageToken());
          return ListRolloutsResponse.newBuilder()
              .addAllRollouts(page.items().stream().map(this::shown).toList())
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
          standard.put(
              control.on(Callers.terms(request, request.getRequestId())),
              spec.name(),
              now ->
                  now.rollouts().containsKey(spec.name())
                      ? Outcome.refused(
                          Kind.ALREADY_EXISTS,
                          "rollout "
                              + spec.name()
                              + " exists already; see it with `get`, begin it again with `retry`")
                      : Outcome.done(spec),
              by(request.getReason(), request.getRequestId()),
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
          Rollout asked = request.getRollout();
          ResourceName name = Names.of(Names.ROLLOUTS, asked.getName(), asked.getMetadata());
          standard.put(
              on(name, request, request.getRequestId(), asked.getEtag()),
              name,
              now ->
                  Edits.update(
                      "rollout " + name,
                      Optional.ofNullable(now.rollouts().get(name))
                          .map(live -> ProtoCodec.toProto(live.state().spec())),
                      asked,
                      request.getUpdateMask(),
                      request.getAllowMissing(),
                      ProtoCodec::check),
              by(request.getReason(), request.getRequestId()),
              request.getValidateOnly(),
              observer);
        });
  }

  @Override
  public void deleteRollout(DeleteRolloutRequest request, StreamObserver<Empty> observer) {
    Replies.guard(
        observer,
        () -> {
          ResourceName name = Names.parse(Names.ROLLOUTS, request.getName());
          if (request.getAllowMissing() && !control.catalog().rollouts().containsKey(name)) {
            Replies.now(observer, Empty::getDefaultInstance);
            return;
          }
          Replies.send(
              on(name, request, request.getRequestId(), request.getEtag())
                  .deleteRollout(
                      name,
                      request.getAbort(),
                      by(request.getReason(), request.getRequestId()),
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
          ResourceName name = Names.parse(Names.ROLLOUTS, request.getName());
          Replies.send(
              on(name, request, request.getRequestId(), request.getEtag())
                  .start(
                      name,
                      by(request.getReason(), request.getRequestId()),
                      request.getValidateOnly()),
              observer,
              (live, note) -> RolloutView.of(live, note));
        });
  }

  private Control on(ResourceName name, Message request, String requestId, String etag) {
    return control.on(
        Callers.terms(request, requestId)
            .given(now -> Etags.check(now.rollouts().get(name), etag)));
  }

  @Override
  public void pauseRollout(PauseRolloutRequest r, StreamObserver<Rollout> observer) {
    Asked asked = new Asked(r, r.getName(), r.getEtag(), r.getValidateOnly());
    verb(
        asked.in(r.getClustersList()), r.getReason(), r.getRequestId(), Event.Pause::new, observer);
  }

  @Override
  public void resumeRollout(ResumeRolloutRequest r, StreamObserver<Rollout> observer) {
    Asked asked = new Asked(r, r.getName(), r.getEtag(), r.getValidateOnly());
    verb(
        asked.in(r.getClustersList()),
        r.getReason(),
        r.getRequestId(),
        Event.Resume::new,
        observer);
  }

  @Override
  public void promoteRollout(PromoteRolloutRequest r, StreamObserver<Rollout> observer) {
    Asked asked = new Asked(r, r.getName(), r.getEtag(), r.getValidateOnly());
    verb(
        asked.in(r.getClustersList()),
        r.getReason(),
        r.getRequestId(),
        (at, by) -> new Event.Promote(at, by, r.getFull(), r.getForce()),
        observer);
  }

  @Override
  public void abortRollout(AbortRolloutRequest r, StreamObserver<Rollout> observer) {
    Asked asked = new Asked(r, r.getName(), r.getEtag(), r.getValidateOnly());
    verb(
        asked,
        r.getReason(),
        r.getRequestId(),
        (at, by) -> new Event.Abort(at, by, r.getForce()),
        observer);
  }

  @Override
  public void rollbackRollout(RollbackRolloutRequest r, StreamObserver<Rollout> observer) {
    Asked asked = new Asked(r, r.getName(), r.getEtag(), r.getValidateOnly());
    verb(
        asked.in(r.getClustersList()),
        r.getReason(),
        r.getRequestId(),
        Event.Rollback::new,
        observer);
  }

  @Override
  public void retryRollout(RetryRolloutRequest r, StreamObserver<Rollout> observer) {
    Asked asked = new Asked(r, r.getName(), r.getEtag(), r.getValidateOnly());
    verb(asked, r.getReason(), r.getRequestId(), Event.Retry::new, observer);
  }

  @Override
  public void approveRollout(ApproveRolloutRequest r, StreamObserver<Rollout> observer) {
    Asked asked = new Asked(r, r.getName(), r.getEtag(), r.getValidateOnly());
    Optional<ImmutableSortedSet<String>> roles = Callers.roles();
    verb(
        asked,
        r.getReason(),
        r.getRequestId(),
        (at, by) -> new Event.Approve(at, by, roles),
        observer);
  }

  @Override
  public void rejectRollout(RejectRolloutRequest r, StreamObserver<Rollout> observer) {
    Asked asked = new Asked(r, r.getName(), r.getEtag(), r.getValidateOnly());
    Optional<ImmutableSortedSet<String>> roles = Callers.roles();
    verb(
        asked,
        r.getReason(),
        r.getRequestId(),
        (at, by) -> new Event.Reject(at, by, roles),
        observer);
  }

  @Override
  public void urgentRollout(UrgentRolloutRequest r, StreamObserver<Rollout> observer) {
    Asked asked = new Asked(r, r.getName(), r.getEtag(), r.getValidateOnly());
    verb(asked, r.getReason(), r.getRequestId(), Event.Urgent::new, observer);
  }

  @Override
  public void skipRollout(SkipRolloutRequest r, StreamObserver<Rollout> observer) {
    Asked asked = new Asked(r, r.getName(), r.getEtag(), r.getValidateOnly());
    verb(
        asked,
        r.getReason(),
        r.getRequestId(),
        (at, by) -> new Event.Skip(at, by, r.getToStep()),
        observer);
  }

  @Override
  public void setWeight(SetWeightRequest r, StreamObserver<Rollout> observer) {
    if (!r.hasWeightPpm() || r.getWeightPpm() < 0 || r.getWeightPpm() > Ppm.ALL) {
      String found = r.hasWeightPpm() ? Integer.toString(r.getWeightPpm()) : "nothing";
      observer.onError(Replies.badField("weight_ppm", found + " (expected: 0..1000000)"));
      return;
    }
    Asked asked = new Asked(r, r.getName(), r.getEtag(), r.getValidateOnly());
    verb(
        asked.in(r.getClustersList()),
        r.getReason(),
        r.getRequestId(),
        (at, by) -> new Event.SetWeight(at, by, r.getWeightPpm()),
        observer);
  }

  @Override
  public void explainRollout(
      ExplainRolloutRequest request, StreamObserver<ExplainRolloutResponse> observer) {
    Replies.now(
        observer,
        () -> {
          LiveRollout live = find(request.getName());
          return decisions.explain(
              live, shown(live), request.getPageSize(), request.getPageToken());
        });
  }

  @Override
  public void watchRollouts(
      WatchRolloutsRequest request, StreamObserver<WatchRolloutsResponse> observer) {
    Replies.guard(
        observer,
        () -> watches.open(request, (ServerCallStreamObserver<WatchRolloutsResponse>) observer));
  }

  private static By by(String reason, String requestId) {
    return Callers.by(reason, requestId);
  }

  /** What all verbs are asked with. */
  private record Asked(
      Message request, String name, String etag, boolean checkOnly, List<String> clusters) {
    Asked(Message request, String name, String etag, boolean checkOnly) {
      this(request, name, etag, checkOnly, List.of());
    }

    Asked in(List<String> meshClusters) {
      return new Asked(request, name, etag, checkOnly, meshClusters);
    }
  }

  private void verb(
      Asked asked,
      String reason,
      String requestId,
      BiFunction<Instant, By, Event.Command> event,
      StreamObserver<Rollout> observer) {
    Replies.guard(
        observer,
        () -> {
          if (!asked.clusters().isEmpty()) {
            throw Replies.notSupported("a verb on single mesh clusters");
          }
          ResourceName name = Names.parse(Names.ROLLOUTS, asked.name());
          By by = by(reason, requestId);
          Replies.send(
              on(name, asked.request(), requestId, asked.etag())
                  .command(name, asked.checkOnly(), at -> event.apply(at, by)),
              observer,
              (live, note) -> RolloutView.of(live, note));
        });
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

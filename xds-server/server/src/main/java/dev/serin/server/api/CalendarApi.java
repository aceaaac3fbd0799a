package dev.serin.server.api;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import com.google.protobuf.util.Timestamps;
import dev.serin.calendar.Openness;
import dev.serin.calendar.Subject;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.ResourceName;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.Control;
import dev.serin.server.control.Wanted;
import dev.serin.server.control.Outcome;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.server.control.StoredFreeze;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.CalendarServiceGrpc;
import dev.serin.v1.CheckOpenRequest;
import dev.serin.v1.CheckOpenResponse;
import dev.serin.v1.CreateFreezeWindowRequest;
import dev.serin.v1.DeleteFreezeWindowRequest;
import dev.serin.v1.FreezeWindow;
import dev.serin.v1.GetFreezeWindowRequest;
import dev.serin.v1.ListFreezeWindowsRequest;
import dev.serin.v1.ListFreezeWindowsResponse;
import dev.serin.v1.UpdateFreezeWindowRequest;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** {@code serin.v1.CalendarService}. */
public final class CalendarApi extends CalendarServiceGrpc.CalendarServiceImplBase {
  private static final int MAX_PAGE = 1_000;

  private final Control control;
  private final InstantSource clock;
  private final StandardPut<dev.serin.policy.FreezeWindow, FreezeWindow> standard;

  public CalendarApi(Control control, InstantSource clock) {
    this.control = control;
    this.clock = clock;
    this.standard =
        new StandardPut<>(
            Wanted.Freeze::new,
            FreezeWindow.getDefaultInstance(),
            ProtoCodec::toProto,
            (name, note) -> noted(view(name), note));
  }

  @Override
  public void getFreezeWindow(
      GetFreezeWindowRequest request, StreamObserver<FreezeWindow> observer) {
    Replies.now(observer, () -> view(Names.parse(Names.FREEZES, request.getName())));
  }

  @Override
  public void listFreezeWindows(
      ListFreezeWindowsRequest request, StreamObserver<ListFreezeWindowsResponse> observer) {
    Replies.now(
        observer,
        () -> {
          ListFilter filter = ListFilter.of(request.getParent(), request.getFilter());
          Catalog catalog = control.catalog();
          Page<Versioned<StoredFreeze>> page =
              Page.of(
                  catalog.freezes().byName().values().stream()
                      .filter(stored ->
                          filter.takes(
                              stored.value().window().name(), stored.value().window().labels()))
                      .toList(),
                  stored -> Names.pageKey(stored.value().window().name()),
                  request.getPageSize(),
                  MAX_PAGE,
                  request.getPageToken());
          Instant now = clock.instant();
          return ListFreezeWindowsResponse.newBuilder()
              .addAllFreezeWindows(
                  page.items().stream().map(stored -> FreezeView.of(stored, now)).toList())
              .setNextPageToken(page.nextToken())
              .setRevision(catalog.revision())
              .build();
        });
  }

  @Override
  public void createFreezeWindow(
      CreateFreezeWindowRequest request, StreamObserver<FreezeWindow> observer) {
    Replies.guard(
        observer,
        () -> {
          FreezeWindow.Builder named = request.getFreezeWindow().toBuilder();
          named.getMetadataBuilder().setTenant(Names.tenant(request.getParent()));
          if (!request.getFreezeWindowId().isEmpty()) {
            named.getMetadataBuilder().setName(request.getFreezeWindowId());
          }
          var window = Replies.require(ProtoCodec.check(named.build()));
          standard.put(
              control.on(Callers.terms(request, request.getRequestId())),
              window.name(),
              now ->
                  now.freezes().byName().containsKey(window.name())
                      ? Outcome.refused(
                          Kind.ALREADY_EXISTS,
                          "freeze " + window.name() + " exists already; update it")
                      : Outcome.done(window),
              Callers.by(request.getReason(), request.getRequestId()),
              request.getValidateOnly(),
              observer);
        });
  }

  @Override
  public void updateFreezeWindow(
      UpdateFreezeWindowRequest request, StreamObserver<FreezeWindow> observer) {
    Replies.guard(
        observer,
        () -> {
          FreezeWindow asked = request.getFreezeWindow();
          ResourceName name = Names.of(Names.FREEZES, asked.getName(), asked.getMetadata());
          standard.put(
              on(name, request, request.getRequestId(), asked.getEtag()),
              name,
              now ->
                  Edits.update(
                      "freeze " + name,
                      Optional.ofNullable(now.freezes().byName().get(name))
                          .map(stored -> ProtoCodec.toProto(stored.value().window())),
                      asked,
                      request.getUpdateMask(),
                      request.getAllowMissing(),
                      ProtoCodec::check),
              Callers.by(request.getReason(), request.getRequestId()),
              request.getValidateOnly(),
              observer);
        });
  }

  @Override
  public void deleteFreezeWindow(
      DeleteFreezeWindowRequest request, StreamObserver<Empty> observer) {
    Replies.guard(
        observer,
        () -> {
          ResourceName name = Names.parse(Names.FREEZES, request.getName());
          if (request.getAllowMissing()
              && !control.catalog().freezes().byName().containsKey(name)) {
            Replies.now(observer, Empty::getDefaultInstance);
            return;
          }
          Replies.send(
              on(name, request, request.getRequestId(), request.getEtag())
                  .deleteFreeze(
                      name,
                      Callers.by(request.getReason(), request.getRequestId()),
                      request.getValidateOnly()),
              observer,
              deleted -> Empty.getDefaultInstance());
        });
  }

  @Override
  public void checkOpen(CheckOpenRequest request, StreamObserver<CheckOpenResponse> observer) {
    Replies.now(
        observer,
        () -> {
          Catalog catalog = control.catalog();
          ResourceName name = Names.parse(Names.SERVICES, request.getName());
          ServiceState service =
              catalog.service(name).orElseThrow(() -> Replies.notFound("service " + name));
          CanaryPolicy policy = policy(catalog, name, request.getPolicy());
          Subject subject =
              new Subject(
                  name.tenant(),
                  name.name(),
                  service.service().labels(),
                  Optional.of(request.getCluster()).filter(cluster -> !cluster.isEmpty()));
          Openness openness =
              catalog
                  .freezes()
                  .calendar()
                  .with(policy.schedule())
                  .at(subject, time(request), request.getUrgent());
          return answer(catalog, openness).setPolicy(policyName(policy)).build();
        });
  }

  private static CanaryPolicy policy(Catalog catalog, ResourceName service, String asked) {
    if (asked.isEmpty()) {
      return catalog
          .running(service)
          .map(live -> live.state().policy())
          .or(() -> catalog.policy(new ResourceName(service.tenant(), Catalog.BUILT_IN_POLICY)))
          .orElseThrow();
    }
    if (!ResourceName.isLegal(asked)) {
      throw Replies.badField("policy", asked + " (expected: a name, [a-z0-9-]{1,63})");
    }
    ResourceName name = new ResourceName(service.tenant(), asked);
    return catalog.policy(name).orElseThrow(() -> Replies.notFound("policy " + name));
  }

  private static String policyName(CanaryPolicy policy) {
    return Names.full(Names.POLICIES, policy.name());
  }

  private Instant time(CheckOpenRequest request) {
    if (!request.hasTime()) {
      return clock.instant();
    }
    if (!Timestamps.isValid(request.getTime())) {
      throw Replies.badField("time", request.getTime() + " (expected: a time of years 1 to 9999)");
    }
    return Instant.ofEpochSecond(request.getTime().getSeconds(), request.getTime().getNanos());
  }

  private static CheckOpenResponse.Builder answer(Catalog catalog, Openness openness) {
    CheckOpenResponse.Builder answer = CheckOpenResponse.newBuilder().setOpen(openness.isOpen());
    openness.until().ifPresent(until -> answer.setUntil(Times.of(until)));
    if (openness instanceof Openness.Closed closed) {
      answer.setOutsideHours(closed.outsideHours());
      for (String freeze : closed.freezes()) {
        ResourceName name = ResourceName.parse(freeze);
        Versioned<StoredFreeze> stored = catalog.freezes().byName().get(name);
        answer.addFreezes(
            CheckOpenResponse.Frozen.newBuilder()
                .setName(Names.full(Names.FREEZES, name))
                .setActor(stored == null ? "" : stored.value().actor())
                .setReason(stored == null ? "" : stored.value().reason()));
      }
    }
    return answer;
  }

  private Control on(ResourceName name, Message request, String requestId, String etag) {
    return control.on(
        Callers.terms(request, requestId)
            .given(now -> Etags.check(now.freezes().byName().get(name), etag)));
  }

  private FreezeWindow view(ResourceName name) {
    Versioned<StoredFreeze> stored = control.catalog().freezes().byName().get(name);
    if (stored == null) {
      throw Replies.notFound("freeze " + name);
    }
    return FreezeView.of(stored, clock.instant());
  }

  private static FreezeWindow noted(FreezeWindow window, String note) {
    return window.toBuilder().setStatus(window.getStatus().toBuilder().setNote(note)).build();
  }
}

package dev.serin.server.api;

import com.google.protobuf.Empty;
import com.google.protobuf.util.Timestamps;
import dev.serin.calendar.Openness;
import dev.serin.calendar.Subject;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.ResourceName;
import dev.serin.server.api.StandardMethods.Call;
import dev.serin.server.api.StandardMethods.Traits;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.Control;
import dev.serin.server.control.StoredFreeze;
import dev.serin.server.control.Wanted;
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
  private final Control control;
  private final InstantSource clock;
  private final StandardMethods<StoredFreeze, dev.serin.policy.FreezeWindow, FreezeWindow> freezes;

  public CalendarApi(Control control, InstantSource clock) {
    this.control = control;
    this.clock = clock;
    this.freezes =
        new StandardMethods<>(
            control,
            FreezeWindow.getDefaultInstance(),
            new Traits<>(
                "freeze",
                Names.FREEZES,
                catalog -> catalog.freezes().byName(),
                StoredFreeze::window,
                dev.serin.policy.FreezeWindow::name,
                dev.serin.policy.FreezeWindow::labels,
                ProtoCodec::check,
                ProtoCodec::toProto,
                Wanted.Freeze::new,
                (catalog, stored) -> FreezeView.of(stored, clock.instant()),
                CalendarApi::noted,
                Control::deleteFreeze));
  }

  @Override
  public void getFreezeWindow(
      GetFreezeWindowRequest request, StreamObserver<FreezeWindow> observer) {
    freezes.get(request.getName(), observer);
  }

  @Override
  public void listFreezeWindows(
      ListFreezeWindowsRequest request, StreamObserver<ListFreezeWindowsResponse> observer) {
    Replies.now(
        observer,
        () -> {
          var listed =
              freezes.list(
                  request.getParent(),
                  request.getFilter(),
                  request.getPageSize(),
                  request.getPageToken());
          return ListFreezeWindowsResponse.newBuilder()
              .addAllFreezeWindows(listed.items())
              .setNextPageToken(listed.nextToken())
              .setRevision(listed.revision())
              .build();
        });
  }

  @Override
  public void createFreezeWindow(
      CreateFreezeWindowRequest request, StreamObserver<FreezeWindow> observer) {
    Replies.guard(
        observer,
        () -> {
          FreezeWindow asked = request.getFreezeWindow();
          FreezeWindow named =
              asked.toBuilder()
                  .setMetadata(
                      Names.placed(
                          asked.getMetadata(), request.getParent(), request.getFreezeWindowId()))
                  .build();
          freezes.create(call(request), named, observer);
        });
  }

  @Override
  public void updateFreezeWindow(
      UpdateFreezeWindowRequest request, StreamObserver<FreezeWindow> observer) {
    Replies.guard(
        observer,
        () -> {
          FreezeWindow asked = request.getFreezeWindow();
          freezes.update(
              call(request),
              Names.of(Names.FREEZES, asked.getName(), asked.getMetadata()),
              asked,
              asked.getEtag(),
              request.getUpdateMask(),
              request.getAllowMissing(),
              observer);
        });
  }

  @Override
  public void deleteFreezeWindow(
      DeleteFreezeWindowRequest request, StreamObserver<Empty> observer) {
    Replies.guard(
        observer,
        () ->
            freezes.delete(
                call(request),
                request.getName(),
                request.getEtag(),
                request.getAllowMissing(),
                observer));
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

  private static Call call(CreateFreezeWindowRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }

  private static Call call(UpdateFreezeWindowRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }

  private static Call call(DeleteFreezeWindowRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }

  private static FreezeWindow noted(FreezeWindow window, String note) {
    return window.toBuilder().setStatus(window.getStatus().toBuilder().setNote(note)).build();
  }
}

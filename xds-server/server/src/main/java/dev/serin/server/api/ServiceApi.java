package dev.serin.server.api;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.ResourceName;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.Control;
import dev.serin.server.control.Wanted;
import dev.serin.server.control.Outcome;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.CreateMeshServiceRequest;
import dev.serin.v1.DeleteMeshServiceRequest;
import dev.serin.v1.DetachRequest;
import dev.serin.v1.GetMeshServiceRequest;
import dev.serin.v1.ListMeshServicesRequest;
import dev.serin.v1.ListMeshServicesResponse;
import dev.serin.v1.MeshCatalogGrpc;
import dev.serin.v1.MeshService;
import dev.serin.v1.SetStableRequest;
import dev.serin.v1.UpdateMeshServiceRequest;
import io.grpc.stub.StreamObserver;
import java.util.List;

/** {@code serin.v1.MeshCatalog}. */
public final class ServiceApi extends MeshCatalogGrpc.MeshCatalogImplBase {
  private static final int MAX_PAGE = 1_000;

  private final Control control;
  private final StandardPut<dev.serin.policy.MeshService, MeshService> standard;

  public ServiceApi(Control control) {
    this.control = control;
    this.standard =
        new StandardPut<>(
            Wanted.Service::new,
            MeshService.getDefaultInstance(),
            ProtoCodec::toProto,
            (name, note) -> view(name, note));
  }

  @Override
  public void getMeshService(GetMeshServiceRequest request, StreamObserver<MeshService> observer) {
    Replies.now(observer, () -> view(Names.parse(Names.SERVICES, request.getName())));
  }

  @Override
  public void listMeshServices(
      ListMeshServicesRequest request, StreamObserver<ListMeshServicesResponse> observer) {
    Replies.now(
        observer,
        () -> {
          ListFilter filter = ListFilter.of(request.getParent(), request.getFilter());
          Catalog catalog = control.catalog();
          List<Versioned<ServiceState>> selected =
              catalog.services().values().stream()
                  .filter(stored ->
                      filter.takes(
                          stored.value().service().name(), stored.value().service().labels()))
                  .toList();
          Page<Versioned<ServiceState>> page =
              Page.of(
                  selected,
                  stored -> Names.pageKey(stored.value().service().name()),
                  request.getPageSize(),
                  MAX_PAGE,
                  request.getPageToken());
          return ListMeshServicesResponse.newBuilder()
              .addAllMeshServices(
                  page.items().stream().map(stored -> ServiceView.of(catalog, stored)).toList())
              .setNextPageToken(page.nextToken())
              .setRevision(catalog.revision())
              .build();
        });
  }

  @Override
  public void createMeshService(
      CreateMeshServiceRequest request, StreamObserver<MeshService> observer) {
    Replies.guard(
        observer,
        () -> {
          MeshService.Builder named = request.getMeshService().toBuilder();
          named.getMetadataBuilder().setTenant(Names.tenant(request.getParent()));
          if (!request.getMeshServiceId().isEmpty()) {
            named.getMetadataBuilder().setName(request.getMeshServiceId());
          }
          var service = Replies.require(ProtoCodec.check(named.build()));
          standard.put(
              control.on(Callers.terms(request, request.getRequestId())),
              service.name(),
              now ->
                  now.services().containsKey(service.name())
                      ? Outcome.refused(
                          Kind.ALREADY_EXISTS,
                          "service " + service.name() + " exists already; update it")
                      : Outcome.done(service),
              Callers.by(request.getReason(), request.getRequestId()),
              request.getValidateOnly(),
              observer);
        });
  }

  @Override
  public void updateMeshService(
      UpdateMeshServiceRequest request, StreamObserver<MeshService> observer) {
    Replies.guard(
        observer,
        () -> {
          MeshService asked = request.getMeshService();
          ResourceName name = Names.of(Names.SERVICES, asked.getName(), asked.getMetadata());
          standard.put(
              on(name, request, request.getRequestId(), asked.getEtag()),
              name,
              now ->
                  Edits.update(
                      "service " + name,
                      now.service(name).map(state -> ProtoCodec.toProto(state.service())),
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
  public void deleteMeshService(DeleteMeshServiceRequest request, StreamObserver<Empty> observer) {
    Replies.guard(
        observer,
        () -> {
          ResourceName name = Names.parse(Names.SERVICES, request.getName());
          if (request.getAllowMissing() && !control.catalog().services().containsKey(name)) {
            Replies.now(observer, Empty::getDefaultInstance);
            return;
          }
          Replies.send(
              on(name, request, request.getRequestId(), request.getEtag())
                  .deleteService(
                      name,
                      Callers.by(request.getReason(), request.getRequestId()),
                      request.getValidateOnly()),
              observer,
              deleted -> Empty.getDefaultInstance());
        });
  }

  @Override
  public void setStable(SetStableRequest request, StreamObserver<MeshService> observer) {
    Replies.guard(
        observer,
        () -> {
          ResourceName name = Names.parse(Names.SERVICES, request.getName());
          Replies.send(
              on(name, request, request.getRequestId(), request.getEtag())
                  .setStable(
                      name,
                      request.getVersion(),
                      Callers.by(request.getReason(), request.getRequestId()),
                      request.getValidateOnly()),
              observer,
              (state, note) -> request.getValidateOnly() ? would(state, note) : view(name, note));
        });
  }

  @Override
  public void detach(DetachRequest request, StreamObserver<MeshService> observer) {
    Replies.guard(
        observer,
        () -> {
          ResourceName name = Names.parse(Names.SERVICES, request.getName());
          Replies.send(
              on(name, request, request.getRequestId(), request.getEtag())
                  .detach(
                      name,
                      Callers.by(request.getReason(), request.getRequestId()),
                      request.getValidateOnly()),
              observer,
              (state, note) -> request.getValidateOnly() ? would(state, note) : view(name, note));
        });
  }

  private Control on(ResourceName name, Message request, String requestId, String etag) {
    return control.on(
        Callers.terms(request, requestId)
            .given(now -> Etags.check(now.services().get(name), etag)));
  }

  private MeshService view(ResourceName name) {
    Catalog catalog = control.catalog();
    return ServiceView.of(catalog, stored(catalog, name));
  }

  private MeshService view(ResourceName name, String note) {
    return noted(view(name), note);
  }

  /** What a change that was only checked would have made of the service. */
  private MeshService would(ServiceState state, String note) {
    Catalog catalog = control.catalog();
    long revision = stored(catalog, state.service().name()).revision();
    return noted(ServiceView.of(catalog, new Versioned<>(state, revision)), note);
  }

  private static Versioned<ServiceState> stored(Catalog catalog, ResourceName name) {
    Versioned<ServiceState> stored = catalog.services().get(name);
    if (stored == null) {
      throw Replies.notFound("service " + name);
    }
    return stored;
  }

  private static MeshService noted(MeshService service, String note) {
    return note.isEmpty()
        ? service
        : service.toBuilder().setStatus(service.getStatus().toBuilder().setNote(note)).build();
  }
}

package dev.serin.server.api;

import com.google.protobuf.Empty;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.ResourceName;
import dev.serin.server.api.StandardMethods.Call;
import dev.serin.server.api.StandardMethods.Traits;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.Control;
import dev.serin.server.control.Wanted;
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

/** {@code serin.v1.MeshCatalog}. */
public final class ServiceApi extends MeshCatalogGrpc.MeshCatalogImplBase {
  private final Control control;
  private final StandardMethods<ServiceState, dev.serin.policy.MeshService, MeshService> services;

  public ServiceApi(Control control) {
    this.control = control;
    this.services =
        new StandardMethods<>(
            control,
            MeshService.getDefaultInstance(),
            new Traits<>(
                "service",
                Names.SERVICES,
                Catalog::services,
                ServiceState::service,
                dev.serin.policy.MeshService::name,
                dev.serin.policy.MeshService::labels,
                ProtoCodec::check,
                ProtoCodec::toProto,
                Wanted.Service::new,
                ServiceView::of,
                ServiceApi::noted,
                Control::deleteService));
  }

  @Override
  public void getMeshService(GetMeshServiceRequest request, StreamObserver<MeshService> observer) {
    services.get(request.getName(), observer);
  }

  @Override
  public void listMeshServices(
      ListMeshServicesRequest request, StreamObserver<ListMeshServicesResponse> observer) {
    Replies.now(
        observer,
        () -> {
          var listed =
              services.list(
                  request.getParent(),
                  request.getFilter(),
                  request.getPageSize(),
                  request.getPageToken());
          return ListMeshServicesResponse.newBuilder()
              .addAllMeshServices(listed.items())
              .setNextPageToken(listed.nextToken())
              .setRevision(listed.revision())
              .build();
        });
  }

  @Override
  public void createMeshService(
      CreateMeshServiceRequest request, StreamObserver<MeshService> observer) {
    Replies.guard(
        observer,
        () -> {
          MeshService asked = request.getMeshService();
          MeshService named =
              asked.toBuilder()
                  .setMetadata(
                      Names.placed(
                          asked.getMetadata(), request.getParent(), request.getMeshServiceId()))
                  .build();
          services.create(call(request), named, observer);
        });
  }

  @Override
  public void updateMeshService(
      UpdateMeshServiceRequest request, StreamObserver<MeshService> observer) {
    Replies.guard(
        observer,
        () -> {
          MeshService asked = request.getMeshService();
          services.update(
              call(request),
              Names.of(Names.SERVICES, asked.getName(), asked.getMetadata()),
              asked,
              asked.getEtag(),
              request.getUpdateMask(),
              request.getAllowMissing(),
              observer);
        });
  }

  @Override
  public void deleteMeshService(DeleteMeshServiceRequest request, StreamObserver<Empty> observer) {
    Replies.guard(
        observer,
        () ->
            services.delete(
                call(request),
                request.getName(),
                request.getEtag(),
                request.getAllowMissing(),
                observer));
  }

  @Override
  public void setStable(SetStableRequest request, StreamObserver<MeshService> observer) {
    Replies.guard(
        observer,
        () -> {
          ResourceName name = Names.parse(Names.SERVICES, request.getName());
          Replies.send(
              services
                  .on(call(request), name, request.getEtag())
                  .setStable(
                      name, request.getVersion(), call(request).by(), request.getValidateOnly()),
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
              services
                  .on(call(request), name, request.getEtag())
                  .detach(name, call(request).by(), request.getValidateOnly()),
              observer,
              (state, note) -> request.getValidateOnly() ? would(state, note) : view(name, note));
        });
  }

  private static Call call(CreateMeshServiceRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }

  private static Call call(UpdateMeshServiceRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }

  private static Call call(DeleteMeshServiceRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }

  private static Call call(SetStableRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }

  private static Call call(DetachRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }

  private MeshService view(ResourceName name, String note) {
    return noted(services.find(name), note);
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

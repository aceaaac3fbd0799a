package dev.serin.server.api;

import com.google.protobuf.Empty;
import dev.serin.policy.ResourceName;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.Control;
import dev.serin.server.control.Wanted;
import dev.serin.server.control.Outcome;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.CreateReleaseRequest;
import dev.serin.v1.DeleteReleaseRequest;
import dev.serin.v1.GetReleaseRequest;
import dev.serin.v1.ListReleasesRequest;
import dev.serin.v1.ListReleasesResponse;
import dev.serin.v1.Release;
import dev.serin.v1.ReleaseStatus;
import dev.serin.v1.RolloutServiceGrpc;
import dev.serin.v1.UpdateReleaseRequest;
import io.grpc.stub.StreamObserver;
import java.util.Optional;

/** The part of {@code serin.v1.RolloutService} that is about releases. */
abstract class ReleaseApi extends RolloutServiceGrpc.RolloutServiceImplBase {
  private static final int MAX_PAGE = 1_000;

  private final Control control;
  private final StandardPut<dev.serin.policy.Release, Release> standard;

  ReleaseApi(Control control) {
    this.control = control;
    this.standard =
        new StandardPut<>(
            Wanted.Release::new,
            Release.getDefaultInstance(),
            ProtoCodec::toProto,
            (name, note) -> find(name));
  }

  static Release view(Versioned<dev.serin.policy.Release> stored) {
    return ProtoCodec.toProto(stored.value()).toBuilder()
        .setStatus(ReleaseStatus.newBuilder().setRevision(stored.revision()))
        .setEtag(Long.toString(stored.revision()))
        .build();
  }

  private Release find(ResourceName name) {
    Versioned<dev.serin.policy.Release> stored = control.catalog().releases().get(name);
    if (stored == null) {
      throw Replies.notFound("release " + name);
    }
    return view(stored);
  }

  @Override
  public void getRelease(GetReleaseRequest request, StreamObserver<Release> observer) {
    Replies.now(observer, () -> find(Names.parse(Names.RELEASES, request.getName())));
  }

  @Override
  public void listReleases(
      ListReleasesRequest request, StreamObserver<ListReleasesResponse> observer) {
    Replies.now(
        observer,
        () -> {
          ListFilter filter = ListFilter.of(request.getParent(), request.getFilter());
          Catalog catalog = control.catalog();
          Page<Versioned<dev.serin.policy.Release>> page =
              Page.of(
                  catalog.releases().values().stream()
                      .filter(
                          stored -> filter.takes(stored.value().name(), stored.value().labels()))
                      .toList(),
                  stored -> Names.pageKey(stored.value().name()),
                  request.getPageSize(),
                  MAX_PAGE,
                  request.getPageToken());
          return ListReleasesResponse.newBuilder()
              .addAllReleases(page.items().stream().map(ReleaseApi::view).toList())
              .setNextPageToken(page.nextToken())
              .setRevision(catalog.revision())
              .build();
        });
  }

  @Override
  public void createRelease(CreateReleaseRequest request, StreamObserver<Release> observer) {
    Replies.guard(
        observer,
        () -> {
          Release.Builder named = request.getRelease().toBuilder();
          named.getMetadataBuilder().setTenant(Names.tenant(request.getParent()));
          if (!request.getReleaseId().isEmpty()) {
            named.getMetadataBuilder().setName(request.getReleaseId());
          }
          var release = Replies.require(ProtoCodec.check(named.build()));
          standard.put(
              control.on(Callers.terms(request, request.getRequestId())),
              release.name(),
              now ->
                  now.releases().containsKey(release.name())
                      ? Outcome.refused(
                          Kind.ALREADY_EXISTS,
                          "release " + release.name() + " exists already; update it")
                      : Outcome.done(release),
              Callers.by(request.getReason(), request.getRequestId()),
              request.getValidateOnly(),
              observer);
        });
  }

  @Override
  public void updateRelease(UpdateReleaseRequest request, StreamObserver<Release> observer) {
    Replies.guard(
        observer,
        () -> {
          Release asked = request.getRelease();
          ResourceName name = Names.of(Names.RELEASES, asked.getName(), asked.getMetadata());
          standard.put(
              control.on(
                  Callers.terms(request, request.getRequestId())
                      .given(now -> Etags.check(now.releases().get(name), asked.getEtag()))),
              name,
              now ->
                  Edits.update(
                      "release " + name,
                      Optional.ofNullable(now.releases().get(name))
                          .map(stored -> ProtoCodec.toProto(stored.value())),
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
  public void deleteRelease(DeleteReleaseRequest request, StreamObserver<Empty> observer) {
    Replies.guard(
        observer,
        () -> {
          ResourceName name = Names.parse(Names.RELEASES, request.getName());
          if (request.getAllowMissing() && !control.catalog().releases().containsKey(name)) {
            Replies.now(observer, Empty::getDefaultInstance);
            return;
          }
          Replies.send(
              control
                  .on(
                      Callers.terms(request, request.getRequestId())
                          .given(now -> Etags.check(now.releases().get(name), request.getEtag())))
                  .deleteRelease(
                      name,
                      Callers.by(request.getReason(), request.getRequestId()),
                      request.getValidateOnly()),
              observer,
              deleted -> Empty.getDefaultInstance());
        });
  }
}

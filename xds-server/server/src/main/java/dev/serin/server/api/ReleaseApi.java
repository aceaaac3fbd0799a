package dev.serin.server.api;

import com.google.protobuf.Empty;
import dev.serin.server.api.StandardMethods.Call;
import dev.serin.server.api.StandardMethods.Traits;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.Control;
import dev.serin.server.control.Wanted;
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

/** The part of {@code serin.v1.RolloutService} that is about releases. */
abstract class ReleaseApi extends RolloutServiceGrpc.RolloutServiceImplBase {
  private final StandardMethods<dev.serin.policy.Release, dev.serin.policy.Release, Release>
      releases;

  ReleaseApi(Control control) {
    this.releases =
        new StandardMethods<>(
            control,
            Release.getDefaultInstance(),
            new Traits<>(
                "release",
                Names.RELEASES,
                Catalog::releases,
                stored -> stored,
                dev.serin.policy.Release::name,
                dev.serin.policy.Release::labels,
                ProtoCodec::check,
                ProtoCodec::toProto,
                Wanted.Release::new,
                (catalog, stored) -> view(stored),
                (release, note) -> release,
                Control::deleteRelease));
  }

  /** As it is stored. */
  static Release view(Versioned<dev.serin.policy.Release> stored) {
    return ProtoCodec.toProto(stored.value()).toBuilder()
        .setStatus(ReleaseStatus.newBuilder().setRevision(stored.revision()))
        .setEtag(Long.toString(stored.revision()))
        .build();
  }

  @Override
  public void getRelease(GetReleaseRequest request, StreamObserver<Release> observer) {
    releases.get(request.getName(), observer);
  }

  @Override
  public void listReleases(
      ListReleasesRequest request, StreamObserver<ListReleasesResponse> observer) {
    Replies.now(
        observer,
        () -> {
          var listed =
              releases.list(
                  request.getParent(),
                  request.getFilter(),
                  request.getPageSize(),
                  request.getPageToken());
          return ListReleasesResponse.newBuilder()
              .addAllReleases(listed.items())
              .setNextPageToken(listed.nextToken())
              .setRevision(listed.revision())
              .build();
        });
  }

  @Override
  public void createRelease(CreateReleaseRequest request, StreamObserver<Release> observer) {
    Replies.guard(
        observer,
        () -> {
          Release asked = request.getRelease();
          Release named =
              asked.toBuilder()
                  .setMetadata(
                      Names.placed(
                          asked.getMetadata(), request.getParent(), request.getReleaseId()))
                  .build();
          releases.create(call(request), named, observer);
        });
  }

  @Override
  public void updateRelease(UpdateReleaseRequest request, StreamObserver<Release> observer) {
    Replies.guard(
        observer,
        () -> {
          Release asked = request.getRelease();
          releases.update(
              call(request),
              Names.of(Names.RELEASES, asked.getName(), asked.getMetadata()),
              asked,
              asked.getEtag(),
              request.getUpdateMask(),
              request.getAllowMissing(),
              observer);
        });
  }

  @Override
  public void deleteRelease(DeleteReleaseRequest request, StreamObserver<Empty> observer) {
    Replies.guard(
        observer,
        () ->
            releases.delete(
                call(request),
                request.getName(),
                request.getEtag(),
                request.getAllowMissing(),
                observer));
  }

  private static Call call(CreateReleaseRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }

  private static Call call(UpdateReleaseRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }

  private static Call call(DeleteReleaseRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }
}

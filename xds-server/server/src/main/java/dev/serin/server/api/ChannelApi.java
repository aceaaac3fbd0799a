package dev.serin.server.api;

import com.google.protobuf.Empty;
import dev.serin.server.api.StandardMethods.Call;
import dev.serin.server.api.StandardMethods.Traits;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.Control;
import dev.serin.server.control.Wanted;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.Channel;
import dev.serin.v1.CreateChannelRequest;
import dev.serin.v1.DeleteChannelRequest;
import dev.serin.v1.GetChannelRequest;
import dev.serin.v1.ListChannelsRequest;
import dev.serin.v1.ListChannelsResponse;
import dev.serin.v1.PolicyServiceGrpc;
import dev.serin.v1.UpdateChannelRequest;
import io.grpc.stub.StreamObserver;

/** The part of {@code serin.v1.PolicyService} that is about channels. */
abstract class ChannelApi extends PolicyServiceGrpc.PolicyServiceImplBase {
  private final StandardMethods<dev.serin.policy.Channel, dev.serin.policy.Channel, Channel>
      channels;

  ChannelApi(Control control) {
    this.channels =
        new StandardMethods<>(
            control,
            Channel.getDefaultInstance(),
            new Traits<>(
                "channel",
                Names.CHANNELS,
                Catalog::channels,
                stored -> stored,
                dev.serin.policy.Channel::name,
                dev.serin.policy.Channel::labels,
                ProtoCodec::check,
                ProtoCodec::toProto,
                Wanted.Channel::new,
                (catalog, stored) -> view(stored),
                (channel, note) -> channel,
                Control::deleteChannel));
  }

  /** As it is stored. */
  static Channel view(Versioned<dev.serin.policy.Channel> stored) {
    Channel.Builder view =
        ProtoCodec.toProto(stored.value()).toBuilder().setEtag(Long.toString(stored.revision()));
    view.getStatusBuilder().setRevision(stored.revision());
    return view.build();
  }

  @Override
  public void getChannel(GetChannelRequest request, StreamObserver<Channel> observer) {
    channels.get(request.getName(), observer);
  }

  @Override
  public void listChannels(
      ListChannelsRequest request, StreamObserver<ListChannelsResponse> observer) {
    Replies.now(
        observer,
        () -> {
          var listed =
              channels.list(
                  request.getParent(),
                  request.getFilter(),
                  request.getPageSize(),
                  request.getPageToken());
          return ListChannelsResponse.newBuilder()
              .addAllChannels(listed.items())
              .setNextPageToken(listed.nextToken())
              .setRevision(listed.revision())
              .build();
        });
  }

  @Override
  public void createChannel(CreateChannelRequest request, StreamObserver<Channel> observer) {
    Replies.guard(
        observer,
        () -> {
          Channel asked = request.getChannel();
          Channel named =
              asked.toBuilder()
                  .setMetadata(
                      Names.placed(
                          asked.getMetadata(), request.getParent(), request.getChannelId()))
                  .build();
          channels.create(call(request), named, observer);
        });
  }

  @Override
  public void updateChannel(UpdateChannelRequest request, StreamObserver<Channel> observer) {
    Replies.guard(
        observer,
        () -> {
          Channel asked = request.getChannel();
          channels.update(
              call(request),
              Names.of(Names.CHANNELS, asked.getName(), asked.getMetadata()),
              asked,
              asked.getEtag(),
              request.getUpdateMask(),
              request.getAllowMissing(),
              observer);
        });
  }

  @Override
  public void deleteChannel(DeleteChannelRequest request, StreamObserver<Empty> observer) {
    Replies.guard(
        observer,
        () ->
            channels.delete(
                call(request),
                request.getName(),
                request.getEtag(),
                request.getAllowMissing(),
                observer));
  }

  private static Call call(CreateChannelRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }

  private static Call call(UpdateChannelRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }

  private static Call call(DeleteChannelRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }
}

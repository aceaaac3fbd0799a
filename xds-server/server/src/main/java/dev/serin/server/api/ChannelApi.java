package dev.serin.server.api;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import dev.serin.policy.ResourceName;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.Control;
import dev.serin.server.control.Wanted;
import dev.serin.server.control.Outcome;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.Channel;
import dev.serin.v1.CreateChannelRequest;
import dev.serin.v1.DeleteChannelRequest;
import dev.serin.v1.GetChannelRequest;
import dev.serin.v1.ListChannelsRequest;
import dev.serin.v1.ListChannelsResponse;
import dev.serin.v1.UpdateChannelRequest;
import io.grpc.stub.StreamObserver;
import java.util.Optional;

/** What {@code serin.v1.PolicyService} does with channels. */
final class ChannelApi {
  private static final int MAX_PAGE = 1_000;

  private final Control control;
  private final StandardPut<dev.serin.policy.Channel, Channel> standard;

  ChannelApi(Control control) {
    this.control = control;
    this.standard =
        new StandardPut<>(
            Wanted.Channel::new,
            Channel.getDefaultInstance(),
            ProtoCodec::toProto,
            (name, note) -> view(name));
  }

  void get(GetChannelRequest request, StreamObserver<Channel> observer) {
    Replies.now(observer, () -> view(Names.parse(Names.CHANNELS, request.getName())));
  }

  void list(ListChannelsRequest request, StreamObserver<ListChannelsResponse> observer) {
    Replies.now(
        observer,
        () -> {
          ListFilter filter = ListFilter.of(request.getParent(), request.getFilter());
          Catalog catalog = control.catalog();
          Page<Versioned<dev.serin.policy.Channel>> page =
              Page.of(
                  catalog.channels().values().stream()
                      .filter(
                          stored -> filter.takes(stored.value().name(), stored.value().labels()))
                      .toList(),
                  stored -> Names.pageKey(stored.value().name()),
                  request.getPageSize(),
                  MAX_PAGE,
                  request.getPageToken());
          return ListChannelsResponse.newBuilder()
              .addAllChannels(page.items().stream().map(stored -> view(stored)).toList())
              .setNextPageToken(page.nextToken())
              .setRevision(catalog.revision())
              .build();
        });
  }

  void create(CreateChannelRequest request, StreamObserver<Channel> observer) {
    Replies.guard(
        observer,
        () -> {
          Channel.Builder named = request.getChannel().toBuilder();
          named.getMetadataBuilder().setTenant(Names.tenant(request.getParent()));
          if (!request.getChannelId().isEmpty()) {
            named.getMetadataBuilder().setName(request.getChannelId());
          }
          var channel = Replies.require(ProtoCodec.check(named.build()));
          standard.put(
              control.on(Callers.terms(request, request.getRequestId())),
              channel.name(),
              now ->
                  now.channels().containsKey(channel.name())
                      ? Outcome.refused(
                          Kind.ALREADY_EXISTS,
                          "channel " + channel.name() + " exists already; update it")
                      : Outcome.done(channel),
              Callers.by(request.getReason(), request.getRequestId()),
              request.getValidateOnly(),
              observer);
        });
  }

  void update(UpdateChannelRequest request, StreamObserver<Channel> observer) {
    Replies.guard(
        observer,
        () -> {
          Channel asked = request.getChannel();
          ResourceName name = Names.of(Names.CHANNELS, asked.getName(), asked.getMetadata());
          standard.put(
              on(name, request, request.getRequestId(), asked.getEtag()),
              name,
              now ->
                  Edits.update(
                      "channel " + name,
                      Optional.ofNullable(now.channels().get(name))
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

  void delete(DeleteChannelRequest request, StreamObserver<Empty> observer) {
    Replies.guard(
        observer,
        () -> {
          ResourceName name = Names.parse(Names.CHANNELS, request.getName());
          if (request.getAllowMissing() && !control.catalog().channels().containsKey(name)) {
            Replies.now(observer, Empty::getDefaultInstance);
            return;
          }
          Replies.send(
              on(name, request, request.getRequestId(), request.getEtag())
                  .deleteChannel(
                      name,
                      Callers.by(request.getReason(), request.getRequestId()),
                      request.getValidateOnly()),
              observer,
              deleted -> Empty.getDefaultInstance());
        });
  }

  private Control on(ResourceName name, Message request, String requestId, String etag) {
    return control.on(
        Callers.terms(request, requestId)
            .given(now -> Etags.check(now.channels().get(name), etag)));
  }

  private Channel view(ResourceName name) {
    Versioned<dev.serin.policy.Channel> stored = control.catalog().channels().get(name);
    if (stored == null) {
      throw Replies.notFound("channel " + name);
    }
    return view(stored);
  }

  /** As it is stored. */
  static Channel view(Versioned<dev.serin.policy.Channel> stored) {
    Channel.Builder view =
        ProtoCodec.toProto(stored.value()).toBuilder().setEtag(Long.toString(stored.revision()));
    view.getStatusBuilder().setRevision(stored.revision());
    return view.build();
  }
}

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
import dev.serin.v1.CanaryPolicy;
import dev.serin.v1.Channel;
import dev.serin.v1.CreateCanaryPolicyRequest;
import dev.serin.v1.CreateChannelRequest;
import dev.serin.v1.DeleteCanaryPolicyRequest;
import dev.serin.v1.DeleteChannelRequest;
import dev.serin.v1.GetCanaryPolicyRequest;
import dev.serin.v1.GetChannelRequest;
import dev.serin.v1.ListCanaryPoliciesRequest;
import dev.serin.v1.ListCanaryPoliciesResponse;
import dev.serin.v1.ListChannelsRequest;
import dev.serin.v1.ListChannelsResponse;
import dev.serin.v1.PolicyServiceGrpc;
import dev.serin.v1.UpdateCanaryPolicyRequest;
import dev.serin.v1.UpdateChannelRequest;
import io.grpc.stub.StreamObserver;
import java.util.Optional;

/** {@code serin.v1.PolicyService}; metric queries and channels are not supported yet. */
public final class PolicyApi extends PolicyServiceGrpc.PolicyServiceImplBase {
  private static final int MAX_PAGE = 1_000;

  private final Control control;
  private final ChannelApi channels;
  private final StandardPut<dev.serin.policy.CanaryPolicy, CanaryPolicy> standard;

  public PolicyApi(Control control) {
    this.control = control;
    this.channels = new ChannelApi(control);
    this.standard =
        new StandardPut<>(
            Wanted.Policy::new,
            CanaryPolicy.getDefaultInstance(),
            ServiceView::of,
            (name, note) -> view(name));
  }

  @Override
  public void getCanaryPolicy(
      GetCanaryPolicyRequest request, StreamObserver<CanaryPolicy> observer) {
    Replies.now(observer, () -> view(Names.parse(Names.POLICIES, request.getName())));
  }

  @Override
  public void listCanaryPolicies(
      ListCanaryPoliciesRequest request, StreamObserver<ListCanaryPoliciesResponse> observer) {
    Replies.now(
        observer,
        () -> {
          ListFilter filter = ListFilter.of(request.getParent(), request.getFilter());
          Catalog catalog = control.catalog();
          Page<Versioned<dev.serin.policy.CanaryPolicy>> page =
              Page.of(
                  catalog.policies().values().stream()
                      .filter(
                          stored -> filter.takes(stored.value().name(), stored.value().labels()))
                      .toList(),
                  stored -> Names.pageKey(stored.value().name()),
                  request.getPageSize(),
                  MAX_PAGE,
                  request.getPageToken());
          return ListCanaryPoliciesResponse.newBuilder()
              .addAllCanaryPolicies(page.items().stream().map(ServiceView::of).toList())
              .setNextPageToken(page.nextToken())
              .setRevision(catalog.revision())
              .build();
        });
  }

  @Override
  public void createCanaryPolicy(
      CreateCanaryPolicyRequest request, StreamObserver<CanaryPolicy> observer) {
    Replies.guard(
        observer,
        () -> {
          CanaryPolicy.Builder named = request.getCanaryPolicy().toBuilder();
          named.getMetadataBuilder().setTenant(Names.tenant(request.getParent()));
          if (!request.getCanaryPolicyId().isEmpty()) {
            named.getMetadataBuilder().setName(request.getCanaryPolicyId());
          }
          var policy = Replies.require(ProtoCodec.check(named.build()));
          standard.put(
              control.on(Callers.terms(request, request.getRequestId())),
              policy.name(),
              now ->
                  now.policies().containsKey(policy.name())
                      ? Outcome.refused(
                          Kind.ALREADY_EXISTS,
                          "policy " + policy.name() + " exists already; update it")
                      : Outcome.done(policy),
              Callers.by(request.getReason(), request.getRequestId()),
              request.getValidateOnly(),
              observer);
        });
  }

  @Override
  public void updateCanaryPolicy(
      UpdateCanaryPolicyRequest request, StreamObserver<CanaryPolicy> observer) {
    Replies.guard(
        observer,
        () -> {
          CanaryPolicy asked = request.getCanaryPolicy();
          ResourceName name = Names.of(Names.POLICIES, asked.getName(), asked.getMetadata());
          standard.put(
              on(name, request, request.getRequestId(), asked.getEtag()),
              name,
              now ->
                  Edits.update(
                      "policy " + name,
                      Optional.ofNullable(now.policies().get(name))
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
  public void deleteCanaryPolicy(
      DeleteCanaryPolicyRequest request, StreamObserver<Empty> observer) {
    Replies.guard(
        observer,
        () -> {
          ResourceName name = Names.parse(Names.POLICIES, request.getName());
          if (request.getAllowMissing() && !control.catalog().policies().containsKey(name)) {
            Replies.now(observer, Empty::getDefaultInstance);
            return;
          }
          Replies.send(
              on(name, request, request.getRequestId(), request.getEtag())
                  .deletePolicy(
                      name,
                      Callers.by(request.getReason(), request.getRequestId()),
                      request.getValidateOnly()),
              observer,
              deleted -> Empty.getDefaultInstance());
        });
  }

  @Override
  public void getChannel(GetChannelRequest request, StreamObserver<Channel> observer) {
    channels.get(request, observer);
  }

  @Override
  public void listChannels(
      ListChannelsRequest request, StreamObserver<ListChannelsResponse> observer) {
    channels.list(request, observer);
  }

  @Override
  public void createChannel(CreateChannelRequest request, StreamObserver<Channel> observer) {
    channels.create(request, observer);
  }

  @Override
  public void updateChannel(UpdateChannelRequest request, StreamObserver<Channel> observer) {
    channels.update(request, observer);
  }

  @Override
  public void deleteChannel(DeleteChannelRequest request, StreamObserver<Empty> observer) {
    channels.delete(request, observer);
  }

  private Control on(ResourceName name, Message request, String requestId, String etag) {
    return control.on(
        Callers.terms(request, requestId)
            .given(now -> Etags.check(now.policies().get(name), etag)));
  }

  private CanaryPolicy view(ResourceName name) {
    Catalog catalog = control.catalog();
    Versioned<dev.serin.policy.CanaryPolicy> stored = catalog.policies().get(name);
    if (stored != null) {
      return ServiceView.of(stored);
    }
    return catalog
        .policy(name)
        .map(ServiceView::of)
        .orElseThrow(() -> Replies.notFound("policy " + name));
  }
}

package dev.serin.server.api;

import com.google.protobuf.Empty;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.By;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.Control;
import dev.serin.server.control.Outcome;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.CanaryPolicy;
import dev.serin.v1.CreateCanaryPolicyRequest;
import dev.serin.v1.DeleteCanaryPolicyRequest;
import dev.serin.v1.GetCanaryPolicyRequest;
import dev.serin.v1.ListCanaryPoliciesRequest;
import dev.serin.v1.ListCanaryPoliciesResponse;
import dev.serin.v1.PolicyServiceGrpc;
import dev.serin.v1.UpdateCanaryPolicyRequest;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** {@code serin.v1.PolicyService}; metric queries and channels are not supported yet. */
public final class PolicyApi extends PolicyServiceGrpc.PolicyServiceImplBase {
  private static final int MAX_PAGE = 1_000;

  private final Control control;

  public PolicyApi(Control control) {
    this.control = control;
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
          String tenant = Names.tenant(request.getParent());
          LabelFilter labels = LabelFilter.parse(request.getFilter());
          Catalog catalog = control.catalog();
          Page<Versioned<dev.serin.policy.CanaryPolicy>> page =
              Page.of(
                  catalog.policies().values().stream()
                      .filter(stored ->
                          tenant.equals(Names.ANY_TENANT)
                              || stored.value().name().tenant().equals(tenant))
                      .filter(stored -> labels.matches(stored.value().labels()))
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
          put(
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
          put(
              control.on(
                  Callers.terms(request, request.getRequestId())
                      .given(now -> Etags.check(now.policies().get(name), asked.getEtag()))),
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

  /** A change that is only checked is answered with what it would have made. */
  private void put(
      Control asked,
      ResourceName name,
      Function<Catalog, Outcome<dev.serin.policy.CanaryPolicy>> edit,
      By by,
      boolean checkOnly,
      StreamObserver<CanaryPolicy> observer) {
    AtomicReference<CanaryPolicy> made = new AtomicReference<>(CanaryPolicy.getDefaultInstance());
    Replies.send(
        asked.put(
            name,
            now ->
                edit.apply(now)
                    .map(policy -> {
                      made.set(ServiceView.of(policy));
                      return new Control.Wanted.Policy(policy);
                    }),
            by,
            checkOnly),
        observer,
        done -> checkOnly ? made.get() : view(name));
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
              control
                  .on(
                      Callers.terms(request, request.getRequestId())
                          .given(now -> Etags.check(now.policies().get(name), request.getEtag())))
                  .deletePolicy(
                      name,
                      Callers.by(request.getReason(), request.getRequestId()),
                      request.getValidateOnly()),
              observer,
              deleted -> Empty.getDefaultInstance());
        });
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

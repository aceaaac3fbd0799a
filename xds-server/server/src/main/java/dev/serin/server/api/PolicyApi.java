package dev.serin.server.api;

import com.google.protobuf.Empty;
import dev.serin.policy.ResourceName;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.Control;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.CanaryPolicy;
import dev.serin.v1.CreateCanaryPolicyRequest;
import dev.serin.v1.DeleteCanaryPolicyRequest;
import dev.serin.v1.GetCanaryPolicyRequest;
import dev.serin.v1.ListCanaryPoliciesRequest;
import dev.serin.v1.ListCanaryPoliciesResponse;
import dev.serin.v1.PolicyServiceGrpc;
import dev.serin.v1.UpdateCanaryPolicyRequest;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;

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
          if (control.catalog().policies().containsKey(policy.name())) {
            throw Status.ALREADY_EXISTS
                .withDescription("policy " + policy.name() + " exists already; update it")
                .asRuntimeException();
          }
          apply(
              policy,
              request.getReason(),
              request.getRequestId(),
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
          var policy = Replies.require(ProtoCodec.check(request.getCanaryPolicy()));
          var stored = control.catalog().policies().get(policy.name());
          if (stored == null && !request.getAllowMissing()) {
            throw Replies.notFound("policy " + policy.name());
          }
          Etags.check(stored, request.getCanaryPolicy().getEtag());
          apply(
              policy,
              request.getReason(),
              request.getRequestId(),
              request.getValidateOnly(),
              observer);
        });
  }

  private void apply(
      dev.serin.policy.CanaryPolicy policy,
      String reason,
      String requestId,
      boolean checkOnly,
      StreamObserver<CanaryPolicy> observer) {
    Replies.send(
        control.apply(
            List.of(new Control.Wanted.Policy(policy)), Callers.by(reason, requestId), checkOnly),
        observer,
        applied -> checkOnly ? ServiceView.of(policy) : view(policy.name()));
  }

  @Override
  public void deleteCanaryPolicy(
      DeleteCanaryPolicyRequest request, StreamObserver<Empty> observer) {
    Replies.guard(
        observer,
        () -> {
          ResourceName name = Names.parse(Names.POLICIES, request.getName());
          var stored = control.catalog().policies().get(name);
          if (stored == null && request.getAllowMissing()) {
            Replies.now(observer, Empty::getDefaultInstance);
            return;
          }
          Etags.check(stored, request.getEtag());
          Replies.send(
              control.deletePolicy(
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

package dev.serin.server.api;

import com.google.protobuf.Empty;
import dev.serin.policy.ResourceName;
import dev.serin.server.api.StandardMethods.Call;
import dev.serin.server.api.StandardMethods.Traits;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Control;
import dev.serin.server.control.Wanted;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.CanaryPolicy;
import dev.serin.v1.CreateCanaryPolicyRequest;
import dev.serin.v1.DeleteCanaryPolicyRequest;
import dev.serin.v1.GetCanaryPolicyRequest;
import dev.serin.v1.ListCanaryPoliciesRequest;
import dev.serin.v1.ListCanaryPoliciesResponse;
import dev.serin.v1.UpdateCanaryPolicyRequest;
import io.grpc.stub.StreamObserver;

/** {@code serin.v1.PolicyService}; metric queries are not supported yet. */
public final class PolicyApi extends ChannelApi {
  private final Control control;
  private final StandardMethods<
          dev.serin.policy.CanaryPolicy, dev.serin.policy.CanaryPolicy, CanaryPolicy>
      policies;

  public PolicyApi(Control control) {
    super(control);
    this.control = control;
    this.policies =
        new StandardMethods<>(
            control,
            CanaryPolicy.getDefaultInstance(),
            new Traits<>(
                "policy",
                Names.POLICIES,
                Catalog::policies,
                stored -> stored,
                dev.serin.policy.CanaryPolicy::name,
                dev.serin.policy.CanaryPolicy::labels,
                ProtoCodec::check,
                ProtoCodec::toProto,
                Wanted.Policy::new,
                (catalog, stored) -> ServiceView.of(stored),
                (policy, note) -> policy,
                Control::deletePolicy));
  }

  /** The built-in policy is every tenant's without being stored. */
  private CanaryPolicy view(ResourceName name) {
    Catalog catalog = control.catalog();
    return catalog.policies().containsKey(name)
        ? policies.find(name)
        : catalog
            .policy(name)
            .map(ServiceView::of)
            .orElseThrow(() -> Replies.notFound("policy " + name));
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
          var listed =
              policies.list(
                  request.getParent(),
                  request.getFilter(),
                  request.getPageSize(),
                  request.getPageToken());
          return ListCanaryPoliciesResponse.newBuilder()
              .addAllCanaryPolicies(listed.items())
              .setNextPageToken(listed.nextToken())
              .setRevision(listed.revision())
              .build();
        });
  }

  @Override
  public void createCanaryPolicy(
      CreateCanaryPolicyRequest request, StreamObserver<CanaryPolicy> observer) {
    Replies.guard(
        observer,
        () -> {
          CanaryPolicy asked = request.getCanaryPolicy();
          CanaryPolicy named =
              asked.toBuilder()
                  .setMetadata(
                      Names.placed(
                          asked.getMetadata(), request.getParent(), request.getCanaryPolicyId()))
                  .build();
          policies.create(call(request), named, observer);
        });
  }

  @Override
  public void updateCanaryPolicy(
      UpdateCanaryPolicyRequest request, StreamObserver<CanaryPolicy> observer) {
    Replies.guard(
        observer,
        () -> {
          CanaryPolicy asked = request.getCanaryPolicy();
          policies.update(
              call(request),
              Names.of(Names.POLICIES, asked.getName(), asked.getMetadata()),
              asked,
              asked.getEtag(),
              request.getUpdateMask(),
              request.getAllowMissing(),
              observer);
        });
  }

  @Override
  public void deleteCanaryPolicy(
      DeleteCanaryPolicyRequest request, StreamObserver<Empty> observer) {
    Replies.guard(
        observer,
        () ->
            policies.delete(
                call(request),
                request.getName(),
                request.getEtag(),
                request.getAllowMissing(),
                observer));
  }

  private static Call call(CreateCanaryPolicyRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }

  private static Call call(UpdateCanaryPolicyRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }

  private static Call call(DeleteCanaryPolicyRequest r) {
    return new Call(r, r.getRequestId(), r.getReason(), r.getValidateOnly());
  }
}

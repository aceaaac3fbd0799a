package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Message;
import dev.serin.v1.CanaryPolicy;
import dev.serin.v1.Channel;
import dev.serin.v1.FreezeWindow;
import dev.serin.v1.GetCanaryPolicyRequest;
import dev.serin.v1.GetChannelRequest;
import dev.serin.v1.GetFreezeWindowRequest;
import dev.serin.v1.GetMeshServiceRequest;
import dev.serin.v1.GetReleaseRequest;
import dev.serin.v1.GetRolloutRequest;
import dev.serin.v1.ListCanaryPoliciesRequest;
import dev.serin.v1.ListChannelsRequest;
import dev.serin.v1.ListFreezeWindowsRequest;
import dev.serin.v1.ListMeshServicesRequest;
import dev.serin.v1.ListReleasesRequest;
import dev.serin.v1.ListRolloutsRequest;
import dev.serin.v1.MeshService;
import dev.serin.v1.Release;
import dev.serin.v1.ReleaseSpec;
import dev.serin.v1.Rollout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The kinds that {@code get} and {@code delete} know, each with its words and its columns. */
enum ResourceKind {
  SERVICE(
      "services",
      ImmutableList.of("service", "services", "meshservice", "meshservices", "svc"),
      ImmutableList.of("TENANT", "NAME", "STABLE", "VERSIONS", "HOSTS", "PORT")),
  POLICY(
      "policies",
      ImmutableList.of("policy", "policies", "canarypolicy", "canarypolicies"),
      ImmutableList.of("TENANT", "NAME", "STEPS", "STICKY")),
  ROLLOUT(
      "rollouts",
      ImmutableList.of("rollout", "rollouts", "ro"),
      ImmutableList.of(
          "TENANT", "NAME", "PHASE", "STEP", "WEIGHT", "CONVERGED", "VERDICT", "REASON")),
  RELEASE(
      "releases",
      ImmutableList.of("release", "releases"),
      ImmutableList.of("TENANT", "NAME", "MEMBERS", "ORDER", "ON FAILURE")),
  FREEZE(
      "freezeWindows",
      ImmutableList.of("freezewindow", "freezewindows", "freeze", "freezes"),
      FreezeText.HEADER),
  CHANNEL(
      "channels",
      ImmutableList.of("channel", "channels"),
      ImmutableList.of("TENANT", "NAME", "TARGET"));

  private static final int PAGE = 1000;

  private final String collection;
  private final ImmutableList<String> words;
  private final ImmutableList<String> header;

  ResourceKind(String collection, ImmutableList<String> words, ImmutableList<String> header) {
    this.collection = collection;
    this.words = words;
    this.header = header;
  }

  static ResourceKind of(String word) {
    for (ResourceKind kind : values()) {
      if (kind.words.contains(word.toLowerCase(Locale.ROOT))) {
        return kind;
      }
    }
    throw new CommandFailure(
        Exit.USAGE,
        "kind: "
            + word
            + " (expected: service, policy, rollout, release, freezewindow or channel)");
  }

  ImmutableList<String> header() {
    return header;
  }

  String fullName(String tenant, String name) {
    return "tenants/" + tenant + "/" + collection + "/" + name;
  }

  Message fetch(Connection server, String tenant, String name) {
    String fullName = fullName(tenant, name);
    return switch (this) {
      case SERVICE ->
          server
              .services()
              .getMeshService(GetMeshServiceRequest.newBuilder().setName(fullName).build());
      case POLICY ->
          server
              .policies()
              .getCanaryPolicy(GetCanaryPolicyRequest.newBuilder().setName(fullName).build());
      case ROLLOUT ->
          server.rollouts().getRollout(GetRolloutRequest.newBuilder().setName(fullName).build());
      case RELEASE ->
          server.rollouts().getRelease(GetReleaseRequest.newBuilder().setName(fullName).build());
      case FREEZE ->
          server
              .calendar()
              .getFreezeWindow(GetFreezeWindowRequest.newBuilder().setName(fullName).build());
      case CHANNEL ->
          server.policies().getChannel(GetChannelRequest.newBuilder().setName(fullName).build());
    };
  }

  /** All of a tenant, page by page; {@code -} is every tenant. */
  List<Message> list(Connection server, String tenant, String filter) {
    String parent = "tenants/" + tenant;
    List<Message> all = new ArrayList<>();
    String page = "";
    do {
      switch (this) {
        case SERVICE -> {
          var answer =
              server
                  .services()
                  .listMeshServices(
                      ListMeshServicesRequest.newBuilder()
                          .setParent(parent)
                          .setFilter(filter)
                          .setPageSize(PAGE)
                          .setPageToken(page)
                          .build());
          all.addAll(answer.getMeshServicesList());
          page = answer.getNextPageToken();
        }
        case POLICY -> {
          var answer =
              server
                  .policies()
                  .listCanaryPolicies(
                      ListCanaryPoliciesRequest.newBuilder()
                          .setParent(parent)
                          .setFilter(filter)
                          .setPageSize(PAGE)
                          .setPageToken(page)
                          .build());
          all.addAll(answer.getCanaryPoliciesList());
          page = answer.getNextPageToken();
        }
        case ROLLOUT -> {
          var answer =
              server
                  .rollouts()
                  .listRollouts(
                      ListRolloutsRequest.newBuilder()
                          .setParent(parent)
                          .setFilter(filter)
                          .setPageSize(PAGE)
                          .setPageToken(page)
                          .build());
          all.addAll(answer.getRolloutsList());
          page = answer.getNextPageToken();
        }
        case RELEASE -> {
          var answer =
              server
                  .rollouts()
                  .listReleases(
                      ListReleasesRequest.newBuilder()
                          .setParent(parent)
                          .setFilter(filter)
                          .setPageSize(PAGE)
                          .setPageToken(page)
                          .build());
          all.addAll(answer.getReleasesList());
          page = answer.getNextPageToken();
        }
        case FREEZE -> {
          var answer =
              server
                  .calendar()
                  .listFreezeWindows(
                      ListFreezeWindowsRequest.newBuilder()
                          .setParent(parent)
                          .setFilter(filter)
                          .setPageSize(PAGE)
                          .setPageToken(page)
                          .build());
          all.addAll(answer.getFreezeWindowsList());
          page = answer.getNextPageToken();
        }
        case CHANNEL -> {
          var answer =
              server
                  .policies()
                  .listChannels(
                      ListChannelsRequest.newBuilder()
                          .setParent(parent)
                          .setFilter(filter)
                          .setPageSize(PAGE)
                          .setPageToken(page)
                          .build());
          all.addAll(answer.getChannelsList());
          page = answer.getNextPageToken();
        }
      }
    } while (!page.isEmpty());
    return all;
  }

  /** A resource as a row under {@link #header}. */
  static ImmutableList<String> row(Message resource) {
    return switch (resource) {
      case MeshService service ->
          ImmutableList.of(
              tenant(service.getMetadata().getTenant()),
              service.getMetadata().getName(),
              service.getStatus().getStable()
                  + (service.getStatus().getDetached() ? " (detached)" : ""),
              String.join(
                  ",", new java.util.TreeSet<>(service.getSpec().getVersionsMap().keySet())),
              String.join(",", service.getSpec().getHostsList()),
              service.getSpec().getPort() == 0
                  ? "-"
                  : Integer.toString(service.getSpec().getPort()));
      case CanaryPolicy policy ->
          ImmutableList.of(
              tenant(policy.getMetadata().getTenant()),
              policy.getMetadata().getName(),
              Integer.toString(policy.getSpec().getStepsCount()),
              !policy.getSpec().hasSticky() ? "none" : "yes");
      case Rollout rollout -> RolloutText.row(rollout);
      case Release release ->
          ImmutableList.of(
              tenant(release.getMetadata().getTenant()),
              release.getMetadata().getName(),
              String.join(",", release.getSpec().getMembersList()),
              release.getSpec().getOrder() == ReleaseSpec.Order.DEPENDS_ON
                  ? "dependsOn"
                  : "together",
              release.getSpec().getOnFailure() == ReleaseSpec.Blast.MEMBER ? "member" : "all");
      case FreezeWindow freeze -> FreezeText.row(freeze);
      case Channel channel ->
          ImmutableList.of(
              tenant(channel.getMetadata().getTenant()),
              channel.getMetadata().getName(),
              channel.getSpec().getTargetCase().name().toLowerCase(Locale.ROOT).replace("_", ""));
      default -> throw new IllegalArgumentException("no columns for " + resource.getClass());
    };
  }

  static String tenant(String tenant) {
    return tenant.isEmpty() ? "default" : tenant;
  }
}

package dev.serin.server.api;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.server.control.Outcome;
import dev.serin.server.control.Wanted;
import dev.serin.text.Checked;
import dev.serin.text.Kind;
import dev.serin.text.Problem;
import dev.serin.text.ProtoCodec;
import dev.serin.text.Reading.Named;
import dev.serin.v1.AnyResource;
import dev.serin.v1.Metadata;
import dev.serin.v1.ResourceProblem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The resources of one request: those that can stand, and what is wrong with the others. */
final class Asked {
  private final List<Wanted> wanted = new ArrayList<>();

  /** Where in the request each that can stand is. */
  private final List<Integer> indices = new ArrayList<>();

  private final Set<Named> unsound = new HashSet<>();
  private final List<ResourceProblem> found = new ArrayList<>();
  private final int size;

  private Asked(int size) {
    this.size = size;
  }

  static Asked read(List<AnyResource> resources) {
    Asked asked = new Asked(resources.size());
    for (int i = 0; i < resources.size(); i++) {
      asked.add(i, resources.get(i));
    }
    return asked;
  }

  /** Whether all can stand, each for itself. */
  boolean isSound() {
    return wanted.size() == size;
  }

  /** Those that can stand. */
  ImmutableList<Wanted> wanted() {
    return ImmutableList.copyOf(wanted);
  }

  /** What each for itself is wrong, warnings included. */
  ImmutableList<ResourceProblem> found() {
    return ImmutableList.copyOf(found);
  }

  /**
   * What stands in the way of those that can stand; but not that something is missing which is in
   * the same request, with problems of its own.
   */
  ImmutableList<ResourceProblem> inTheWay(List<Outcome.At> refusals) {
    Set<Named> pending = new HashSet<>(unsound);
    refusals.forEach(at -> pending.add(named(wanted.get(at.index()))));
    return refusals.stream()
        .filter(at -> !isAbout(pending, at))
        .map(this::problem)
        .collect(ImmutableList.toImmutableList());
  }

  /** Whether a refusal is of what a resource names, and that is one of these. */
  private boolean isAbout(Set<Named> some, Outcome.At at) {
    return switch (wanted.get(at.index())) {
      case Wanted.Rollout(RolloutSpec spec) -> Named.isAmong(some, spec, at.path());
      case Wanted.Policy(CanaryPolicy policy) -> Named.isAmong(some, policy, at.path());
      case Wanted.Service service -> false;
      case Wanted.Freeze freeze -> false;
      case Wanted.Channel channel -> false;
      case Wanted.Release release -> false;
    };
  }

  private ResourceProblem problem(Outcome.At at) {
    return ResourceProblem.newBuilder()
        .setIndex(indices.get(at.index()))
        .setName(fullName(wanted.get(at.index())))
        .setProblem(
            dev.serin.v1.Problem.newBuilder()
                .setPath(at.path())
                .setCode(at.kind().name())
                .setSeverity(dev.serin.v1.Problem.Severity.ERROR)
                .setMessage(at.message()))
        .build();
  }

  static String fullName(Wanted wanted) {
    Named named = named(wanted);
    return named.kind().fullName(named.name());
  }

  private static Named named(Wanted wanted) {
    return switch (wanted) {
      case Wanted.Service service -> new Named(Kind.MESH_SERVICE, service.name());
      case Wanted.Policy policy -> new Named(Kind.CANARY_POLICY, policy.name());
      case Wanted.Freeze freeze -> new Named(Kind.FREEZE_WINDOW, freeze.name());
      case Wanted.Channel channel -> new Named(Kind.CHANNEL, channel.name());
      case Wanted.Release release -> new Named(Kind.RELEASE, release.name());
      case Wanted.Rollout release -> new Named(Kind.ROLLOUT, release.name());
    };
  }

  private void add(int index, AnyResource resource) {
    switch (resource.getResourceCase()) {
      case MESH_SERVICE -> {
        var message = resource.getMeshService();
        take(
            index,
            Kind.MESH_SERVICE,
            message.getMetadata(),
            ProtoCodec.check(message),
            Wanted.Service::new);
      }
      case CANARY_POLICY -> {
        var message = resource.getCanaryPolicy();
        take(
            index,
            Kind.CANARY_POLICY,
            message.getMetadata(),
            ProtoCodec.check(message),
            Wanted.Policy::new);
      }
      case ROLLOUT -> {
        var message = resource.getRollout();
        take(
            index,
            Kind.ROLLOUT,
            message.getMetadata(),
            ProtoCodec.check(message),
            Wanted.Rollout::new);
      }
      case RELEASE -> {
        var message = resource.getRelease();
        take(
            index,
            Kind.RELEASE,
            message.getMetadata(),
            ProtoCodec.check(message),
            Wanted.Release::new);
      }
      case FREEZE_WINDOW -> {
        var message = resource.getFreezeWindow();
        take(
            index,
            Kind.FREEZE_WINDOW,
            message.getMetadata(),
            ProtoCodec.check(message),
            Wanted.Freeze::new);
      }
      case METRIC_QUERY ->
          refuse(index, Kind.METRIC_QUERY, resource.getMetricQuery().getMetadata());
      case CHANNEL -> {
        var message = resource.getChannel();
        take(
            index,
            Kind.CHANNEL,
            message.getMetadata(),
            ProtoCodec.check(message),
            Wanted.Channel::new);
      }
      case RESOURCE_NOT_SET ->
          problem(index, "", kind(Problem.Code.MISSING, "nothing (expected: a resource)", ""));
    }
  }

  private <T> void take(
      int index, Kind kind, Metadata metadata, Checked<T> checked, Function<T, Wanted> wrap) {
    checked.problems().forEach(problem -> problem(index, name(kind, metadata), problem));
    Optional<Wanted> sound = checked.value().map(wrap);
    if (sound.isPresent()) {
      wanted.add(sound.get());
      indices.add(index);
    } else if (ResourceName.isLegal(Names.tenantOf(metadata))
        && ResourceName.isLegal(metadata.getName())) {
      unsound.add(new Named(kind, new ResourceName(Names.tenantOf(metadata), metadata.getName())));
    }
  }

  private void refuse(int index, Kind kind, Metadata metadata) {
    problem(
        index,
        name(kind, metadata),
        kind(Problem.Code.NOT_SUPPORTED, "not supported yet: kind " + kind.word(), "leave it out"));
  }

  private static Problem kind(Problem.Code code, String message, String hint) {
    return new Problem("", 0, "kind", code, Problem.Severity.ERROR, message, hint);
  }

  private void problem(int index, String name, Problem problem) {
    found.add(
        ResourceProblem.newBuilder()
            .setIndex(index)
            .setName(name)
            .setProblem(problem.toProto())
            .build());
  }

  /** As it was asked, also when it cannot stand. */
  private static String name(Kind kind, Metadata metadata) {
    return "tenants/"
        + Names.tenantOf(metadata)
        + "/"
        + kind.collection()
        + "/"
        + metadata.getName();
  }
}

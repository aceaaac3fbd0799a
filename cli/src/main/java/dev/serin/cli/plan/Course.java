package dev.serin.cli.plan;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.rollout.RolloutState;
import dev.serin.text.Parsed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The rollouts among some resources from before their first step to after their promotion, all in
 * step: one with fewer steps than others stays at its last.
 */
public final class Course {
  /** What {@code --step} calls the end. */
  public static final String PROMOTED = "promoted";

  private final Map<ResourceName, MeshService> services = new TreeMap<>();
  private final Map<ResourceName, CanaryPolicy> policies = new TreeMap<>();
  private final List<RolloutState> rollouts = new ArrayList<>();
  private final ImmutableList.Builder<String> problems = ImmutableList.builder();

  private Course() {}

  /** The course of resources that were read without an error. */
  public static Course of(List<Parsed> resources) {
    Course course = new Course();
    List<RolloutSpec> specs = new ArrayList<>();
    for (Parsed resource : resources) {
      switch (resource) {
        case Parsed.Service service -> course.services.put(service.name(), service.service());
        case Parsed.Policy policy -> course.policies.put(policy.name(), policy.policy());
        case Parsed.Channel channel -> {}
        case Parsed.Freeze freeze -> {} // a plan says what will change, not when
        case Parsed.Release release -> {} // nor with whom
        case Parsed.Rollout rollout -> specs.add(rollout.rollout());
      }
    }
    Map<ResourceName, ResourceName> taken = new TreeMap<>();
    for (RolloutSpec spec : specs) {
      ResourceName other = taken.putIfAbsent(spec.service(), spec.name());
      if (other != null) {
        course.problem(
            spec,
            "service "
                + spec.service()
                + " has rollout "
                + other
                + " (expected: one rollout a service)");
      } else {
        course.add(spec);
      }
    }
    return course;
  }

  private void add(RolloutSpec spec) {
    MeshService service = services.get(spec.service());
    Optional<CanaryPolicy> policy = policy(spec);
    if (service == null) {
      problem(spec, "service " + spec.service() + " (expected: a MeshService in these files)");
    } else if (!service.versions().containsKey(spec.to())) {
      problem(spec, "to: " + spec.to() + " (expected: one of " + service.versions().keySet() + ")");
    } else if (spec.to().equals(service.initialStable())) {
      problem(spec, "to: " + spec.to() + " is initialStable (expected: another version)");
    }
    if (policy.isEmpty()) {
      problem(spec, "policy " + spec.policy() + " (expected: a CanaryPolicy in these files)");
    }
    if (service != null && policy.isPresent() && service.versions().containsKey(spec.to())) {
      rollouts.add(
          RolloutState.pending(
              spec,
              policy.get(),
              service.initialStable(),
              spec.service().toString(),
              Instant.EPOCH));
    }
  }

  private Optional<CanaryPolicy> policy(RolloutSpec spec) {
    ResourceName name = new ResourceName(spec.name().tenant(), spec.policy());
    CanaryPolicy own = policies.get(name);
    return own == null && spec.policy().equals("default")
        ? Optional.of(CanaryPolicy.defaults(name))
        : Optional.ofNullable(own);
  }

  private void problem(RolloutSpec spec, String message) {
    problems.add("rollout " + spec.name() + ": " + message);
  }

  /** Why it cannot be planned. */
  public ImmutableList<String> problems() {
    return problems.build();
  }

  public boolean isEmpty() {
    return rollouts.isEmpty();
  }

  /** The services under rollout, as they are before it. */
  public ImmutableList<ServiceState> released() {
    return rollouts.stream()
        .map(rollout -> state(rollout, rollout.from()))
        .collect(ImmutableList.toImmutableList());
  }

  /** All services, since others may follow the version chosen for one under rollout. */
  private ImmutableList<ServiceState> states(Function<RolloutState, String> stable) {
    Map<ResourceName, ServiceState> states = new TreeMap<>();
    services.forEach(
        (name, service) -> states.put(name, new ServiceState(service, service.initialStable())));
    rollouts.forEach(
        rollout -> states.put(rollout.spec().service(), state(rollout, stable.apply(rollout))));
    return ImmutableList.copyOf(states.values());
  }

  /** Before the first step, each step, and after the promotion. */
  public ImmutableList<Moment> moments() {
    int last = rollouts.stream().mapToInt(RolloutState::lastStep).max().orElse(0);
    ImmutableList.Builder<Moment> moments = ImmutableList.builder();
    moments.add(new Moment("0", "before", states(RolloutState::from), ImmutableList.of()));
    for (int i = 1; i <= last; i++) {
      int step = i;
      moments.add(
          new Moment(
              "" + step,
              title(step),
              states(RolloutState::from),
              rollouts.stream()
                  .map(rollout -> rollout.planAt(Math.min(step, rollout.lastStep())))
                  .collect(ImmutableList.toImmutableList())));
    }
    return moments
        .add(
            new Moment(
                PROMOTED, PROMOTED, states(rollout -> rollout.spec().to()), ImmutableList.of()))
        .build();
  }

  private String title(int step) {
    String names =
        rollouts.stream()
            .filter(rollout -> step <= rollout.lastStep())
            .map(rollout -> {
              String name = rollout.policy().steps().get(step - 1).name();
              return (rollouts.size() == 1 ? "" : rollout.spec().name() + " ") + '"' + name + '"';
            })
            .collect(Collectors.joining(", "));
    return "step " + step + " " + names;
  }

  private ServiceState state(RolloutState rollout, String stable) {
    MeshService service = java.util.Objects.requireNonNull(services.get(rollout.spec().service()));
    return new ServiceState(service, stable);
  }
}

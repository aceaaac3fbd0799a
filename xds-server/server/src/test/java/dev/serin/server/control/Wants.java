package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.policy.Analysis;
import dev.serin.policy.Approval;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Conduct;
import dev.serin.policy.Hook;
import dev.serin.policy.MeshService;
import dev.serin.policy.MeshService.Backend;
import dev.serin.policy.MeshService.Endpoint;
import dev.serin.policy.Proceedings;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.policy.Step;
import dev.serin.policy.Threshold;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** The resources that the tests apply. */
public final class Wants {
  private Wants() {}

  /** Errors alone, with an absolute bound of 5 %. */
  public static final Analysis ERRORS =
      new Analysis(
          true,
          0.01,
          Duration.ZERO,
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          ImmutableList.of(
              new Analysis.Metric.Errors("errors", Analysis.Harm.percentagePoints(0.0001), false),
              new Analysis.Metric.ErrorsAtMost("slo", 0.05, false)));

  public static Wanted service(String stable, String... versions) {
    return service(Bench.CHECKOUT, "checkout", stable, versions);
  }

  public static Wanted service(ResourceName name, String host, String stable, String... versions) {
    ImmutableSortedMap.Builder<String, Backend> backends = ImmutableSortedMap.naturalOrder();
    int port = 9001;
    backends.put(stable, backend(port++));
    for (String version : versions) {
      if (!version.equals(stable)) {
        backends.put(version, backend(port++));
      }
    }
    return new Wanted.Service(
        new MeshService(
            name,
            ImmutableSortedMap.of(),
            stable,
            MeshService.Protocol.HTTP,
            backends.buildOrThrow(),
            ImmutableList.of(host),
            8080,
            MeshService.Upstream.DEFAULT));
  }

  /** The service with one version in a cluster of a base configuration. */
  static Wanted withBaseCluster(String stable, String version, String cluster, String... versions) {
    MeshService plain = ((Wanted.Service) service(stable, versions)).service();
    ImmutableSortedMap.Builder<String, Backend> backends = ImmutableSortedMap.naturalOrder();
    plain
        .versions()
        .forEach((v, b) -> {
          if (!v.equals(version)) {
            backends.put(v, b);
          }
        });
    backends.put(version, new Backend.EnvoyCluster(cluster));
    return new Wanted.Service(
        new MeshService(
            plain.name(),
            plain.labels(),
            stable,
            plain.protocol(),
            backends.buildOrThrow(),
            plain.hosts(),
            plain.port(),
            plain.upstream()));
  }

  private static Backend backend(int port) {
    return new Backend.Endpoints(ImmutableList.of(new Endpoint("127.0.0.1", port)));
  }

  /** 10 % for ten seconds, then 100 % for ten. */
  public static Wanted policy(Analysis analysis) {
    return policy(analysis, 100_000, 1_000_000);
  }

  public static Wanted policy(Analysis analysis, int... weightsPpm) {
    return policy(analysis, Duration.ofSeconds(10), CanaryPolicy.DEFAULT_KEEP_WARM, weightsPpm);
  }

  /** Steps of these weights, each of which bakes as long. */
  static Wanted policy(Analysis analysis, Duration bake, Duration keepWarm, int... weightsPpm) {
    CanaryPolicy d = CanaryPolicy.defaults(new ResourceName("shop", "quick"));
    ImmutableList.Builder<Step> steps = ImmutableList.builder();
    for (int ppm : weightsPpm) {
      steps.add(
          new Step(ppm / 10_000 + "%", OptionalInt.of(ppm), ImmutableSortedMap.of(), bake, 0));
    }
    return new Wanted.Policy(
        new CanaryPolicy(
            d.name(),
            d.labels(),
            d.sticky(),
            d.cohorts(),
            steps.build(),
            false,
            d.holdBackPpm(),
            d.convergence(),
            d.capacity(),
            analysis,
            d.onInconclusive(),
            d.onMetricsLost(),
            d.onFailure(),
            keepWarm,
            d.deadline()));
  }

  /** The policy of {@link #policy(Analysis)}, with a tenth of stable's endpoints as the control. */
  static Wanted policyWithControlGroup() {
    CanaryPolicy d = ((Wanted.Policy) policy(Analysis.DEFAULT)).policy();
    return new Wanted.Policy(
        new CanaryPolicy(
            d.name(),
            d.labels(),
            d.sticky(),
            d.cohorts(),
            d.steps(),
            d.adaptiveSteps(),
            d.holdBackPpm(),
            d.convergence(),
            d.capacity(),
            d.analysis(),
            d.onInconclusive(),
            d.onMetricsLost(),
            d.onFailure(),
            d.keepWarm(),
            d.deadline(),
            new Conduct(
                false,
                ImmutableSortedSet.of(),
                Conduct.Streams.KEEP,
                ImmutableSortedSet.of(),
                OptionalInt.of(100_000)),
            d.schedule(),
            Proceedings.NONE));
  }

  /** The policy of {@link #policy(Analysis)} without analysis, with a hook. */
  static Wanted policyThatAsks(Hook.Event event) {
    Hook hook =
        new Hook(
            ImmutableSortedSet.of(event),
            "https://ci.example/gate",
            Optional.empty(),
            Hook.DEFAULT_TIMEOUT,
            Hook.DEFAULT_RETRIES);
    CanaryPolicy d = ((Wanted.Policy) policy(Analysis.OFF)).policy();
    return with(
        d,
        d.steps(),
        new Proceedings(ImmutableList.of(hook), ImmutableList.of(), ImmutableList.of()));
  }

  /** The same with these proceedings. */
  static Wanted policyWith(Proceedings proceedings) {
    CanaryPolicy d = ((Wanted.Policy) policy(Analysis.OFF)).policy();
    return with(d, d.steps(), proceedings);
  }

  /** The same without hooks, and with an approval before its first step. */
  static Wanted policyWithApproval(String role) {
    CanaryPolicy d = ((Wanted.Policy) policy(Analysis.OFF)).policy();
    Step first = d.steps().getFirst();
    Approval approval =
        new Approval(
            ImmutableSortedSet.of(role),
            1,
            Approval.DEFAULT.timeout(),
            Approval.DEFAULT.onTimeout());
    Step asked =
        new Step(
            first.name(),
            first.weightPpm(),
            first.cohortPpm(),
            first.bake(),
            first.leastCanaryRequests(),
            first.treatment(),
            new Threshold(Optional.of(approval), false));
    return with(d, ImmutableList.of(asked, d.steps().getLast()), Proceedings.NONE);
  }

  private static Wanted with(CanaryPolicy d, ImmutableList<Step> steps, Proceedings proceedings) {
    return new Wanted.Policy(
        new CanaryPolicy(
            d.name(),
            d.labels(),
            d.sticky(),
            d.cohorts(),
            steps,
            d.adaptiveSteps(),
            d.holdBackPpm(),
            d.convergence(),
            d.capacity(),
            d.analysis(),
            d.onInconclusive(),
            d.onMetricsLost(),
            d.onFailure(),
            d.keepWarm(),
            d.deadline(),
            d.conduct(),
            d.schedule(),
            proceedings));
  }

  static Wanted release(ResourceName name, ResourceName service, String to) {
    return new Wanted.Rollout(
        new RolloutSpec(name, ImmutableSortedMap.of(), service, to, "quick", false));
  }

  public static Wanted release(ResourceName name, String to) {
    return release(name, to, false);
  }

  public static Wanted release(ResourceName name, String to, boolean draft) {
    return new Wanted.Rollout(
        new RolloutSpec(name, ImmutableSortedMap.of(), Bench.CHECKOUT, to, "quick", draft));
  }
}

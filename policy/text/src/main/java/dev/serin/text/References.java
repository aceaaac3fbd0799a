package dev.serin.text;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.policy.Subscription;
import dev.serin.text.Problem.Code;
import dev.serin.text.Problem.Severity;
import dev.serin.text.Reading.Named;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What only holds between resources: that they name things that exist, and do not collide. */
public final class References {

  /** What a name means that nobody here has. */
  public enum Mode {
    /** It may be somewhere else: a warning. */
    LINT,
    /** It is nowhere: an error. */
    APPLY
  }

  private record Address(String host, int port) {}

  private final Catalog known;
  private final Severity unseen;
  private final Map<ResourceName, MeshService> services = new LinkedHashMap<>();
  private final Map<ResourceName, CanaryPolicy> policies = new LinkedHashMap<>();
  private final Set<ResourceName> rollouts = new HashSet<>();

  /** Written here, with problems of their own: nothing that names them is doubtful for that. */
  private final Set<Named> unsound = new HashSet<>();

  private final Set<ResourceName> channels = new HashSet<>();

  private final ImmutableList.Builder<Problem> problems = ImmutableList.builder();

  private References(Catalog known, Mode mode) {
    this.known = known;
    this.unseen =
        switch (mode) {
          case LINT -> Severity.WARNING;
          case APPLY -> Severity.ERROR;
        };
  }

  /**
   * Checks resources that shall be applied together against one another and against what is there;
   * those in hand replace those of the same name that are there.
   */
  public static ImmutableList<Problem> check(
      List<? extends Parsed> resources, Catalog known, Mode mode) {
    References references = new References(known, mode);
    known.services().forEach(s -> references.services.put(s.name(), s));
    references.checkAll(resources);
    return references.problems.build();
  }

  /** Checks what was read against what else was read; what is there is not known. */
  public static ImmutableList<Problem> lint(Reading reading) {
    References references = new References(Catalog.EMPTY, Mode.LINT);
    references.unsound.addAll(reading.unsound());
    references.checkAll(reading.resources());
    return references.problems.build();
  }

  private void checkAll(List<? extends Parsed> resources) {
    resources.forEach(this::see);
    resources.forEach(this::check);
    addresses(resources);
  }

  private void see(Parsed parsed) {
    switch (parsed) {
      case Parsed.Service s -> services.put(s.name(), s.service());
      case Parsed.Policy p -> policies.put(p.name(), p.policy());
      case Parsed.Freeze f -> {}
      case Parsed.Channel n -> channels.add(n.name());
      case Parsed.Release r -> {}
      case Parsed.Rollout r -> rollouts.add(r.name());
    }
  }

  private void check(Parsed parsed) {
    switch (parsed) {
      case Parsed.Service s -> {}
      case Parsed.Policy p -> {
        chain(p);
        channels(p);
      }
      case Parsed.Channel n -> {}
      case Parsed.Freeze f -> {} // what it selects may come later
      case Parsed.Release r -> members(r);
      case Parsed.Rollout(RolloutSpec rollout, dev.serin.v1.Rollout m, Source source) -> {
        service(rollout, source);
        policy(rollout, source);
      }
    }
  }

  /** A member that comes later is waited for: doubtful, and no error. */
  private void members(Parsed.Release parsed) {
    for (int i = 0; i < parsed.release().members().size(); i++) {
      ResourceName member = parsed.release().member(parsed.release().members().get(i));
      if (!rollouts.contains(member) && !unsound.contains(new Named(Kind.ROLLOUT, member))) {
        problems.add(
            parsed
                .source()
                .problem(
                    "spec.members[" + i + "]",
                    Code.UNKNOWN_REFERENCE,
                    Severity.WARNING,
                    "Rollout " + member + " is not here (expected: one that is there)",
                    "the others wait for it"));
      }
    }
  }

  private void service(RolloutSpec rollout, Source source) {
    MeshService service = services.get(rollout.service());
    if (service == null) {
      if (Named.isAmong(unsound, rollout, "spec.service")) {
        return;
      }
      unknown(source, "spec.service", "MeshService " + rollout.service(), "apply it first");
      return;
    }
    version(service, rollout.to(), source, "spec.to");
    rollout
        .variants()
        .ppm()
        .keySet()
        .forEach(version -> version(service, version, source, "spec.variantsPpm." + version));
    CanaryPolicy policy = policies.get(new ResourceName(rollout.name().tenant(), rollout.policy()));
    if (policy != null) {
      policy.steps().stream()
          .flatMap(step -> step.treatment().mirror().stream())
          .flatMap(mirror -> mirror.to().stream())
          .distinct()
          .forEach(version -> version(service, version, source, "spec.policy"));
    }
  }

  /** The service is in sight, so its versions are: no doubt is left for a warning. */
  private void version(MeshService service, String version, Source source, String path) {
    if (!service.versions().containsKey(version)) {
      problems.add(
          source.problem(
              path,
              Code.UNKNOWN_REFERENCE,
              Severity.ERROR,
              version
                  + " (expected: one of the versions of "
                  + service.name()
                  + ": "
                  + String.join(", ", service.versions().keySet())
                  + ")",
              ""));
    }
  }

  private void chain(Parsed.Policy parsed) {
    List<String> follow = parsed.message().getSpec().getChain().getFollowList();
    for (int i = 0; i < follow.size(); i++) {
      String path = "spec.chain.follow[" + i + "]";
      // Of a message that was read without an error every name is well-formed.
      ResourceName service = new ResourceName(parsed.name().tenant(), follow.get(i));
      if (!services.containsKey(service)
          && !unsound.contains(new Named(Kind.MESH_SERVICE, service))) {
        unknown(parsed.source(), path, "MeshService " + service, "apply it first");
      }
    }
  }

  private void channels(Parsed.Policy parsed) {
    ImmutableList<Subscription> told = parsed.policy().proceedings().subscriptions();
    for (int i = 0; i < told.size(); i++) {
      ResourceName channel = new ResourceName(parsed.name().tenant(), told.get(i).channel());
      if (!channels.contains(channel)
          && !unsound.contains(new Named(Kind.CHANNEL, channel))
          && !known.hasChannel(channel)) {
        unknown(
            parsed.source(),
            "spec.notify[" + i + "].channel",
            "Channel " + channel,
            "apply it first");
      }
    }
  }

  private void policy(RolloutSpec rollout, Source source) {
    ResourceName policy = new ResourceName(rollout.name().tenant(), rollout.policy());
    boolean found =
        rollout.policy().equals(RolloutReading.DEFAULT_POLICY)
            || policies.containsKey(policy)
            || Named.isAmong(unsound, rollout, "spec.policy")
            || known.hasPolicy(policy);
    if (!found) {
      unknown(
          source,
          "spec.policy",
          "CanaryPolicy " + policy,
          "apply it first, or leave policy out for the built-in one");
    }
  }

  private void unknown(Source source, String path, String what, String hint) {
    String where = unseen == Severity.ERROR ? " is not there" : " cannot be seen from these files";
    problems.add(
        source.problem(
            path,
            Code.UNKNOWN_REFERENCE,
            unseen,
            what + where + " (expected: a resource that exists)",
            hint));
  }

  /** Proxies tell services apart by host and port, in whatever tenant. */
  private void addresses(List<? extends Parsed> resources) {
    Set<ResourceName> inHand = new HashSet<>();
    resources.forEach(parsed -> {
      if (parsed instanceof Parsed.Service s) {
        inHand.add(s.name());
      }
    });
    Map<Address, ResourceName> owners = new LinkedHashMap<>();
    services.values().stream()
        .filter(s -> !inHand.contains(s.name()))
        .forEach(s -> s.hosts().forEach(h -> owners.put(new Address(h, s.port()), s.name())));
    for (Parsed parsed : resources) {
      if (parsed instanceof Parsed.Service(MeshService s, dev.serin.v1.MeshService m, Source at)) {
        for (int i = 0; i < s.hosts().size(); i++) {
          Address address = new Address(s.hosts().get(i), s.port());
          ResourceName owner = owners.putIfAbsent(address, s.name());
          if (owner != null && !owner.equals(s.name())) {
            collision(at, "spec.hosts[" + i + "]", address, owner);
          }
        }
      }
    }
  }

  private void collision(Source source, String path, Address address, ResourceName owner) {
    problems.add(
        source.problem(
            path,
            Code.CONFLICT,
            Severity.ERROR,
            address.host()
                + ":"
                + address.port()
                + " belongs to MeshService "
                + owner
                + " (expected: a host and port that no other service has)",
            ""));
  }
}

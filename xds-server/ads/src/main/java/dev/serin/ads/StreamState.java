package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.ads.ProxyView.Nack;
import dev.serin.ads.ProxyView.TypeView;
import dev.serin.ads.TypeState.Entry;
import dev.serin.ads.TypeState.InFlight;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeUrls;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One stream's protocol state, for both variants: takes requests and snapshots, yields responses
 * and what the client's answers mean. Does no I/O and knows no clock. Not thread-safe: its {@link
 * Session} guards it.
 */
final class StreamState {
  /** The two variants of the protocol. */
  enum Variant {
    STATE_OF_THE_WORLD,
    INCREMENTAL
  }

  /**
   * "CDS updates (if any) must always be pushed first. EDS updates (if any) must arrive after CDS
   * updates for the respective clusters. LDS updates must arrive after corresponding CDS/EDS
   * updates. RDS updates related to the newly added listeners must arrive after CDS/EDS/LDS
   * updates."
   */
  private static final ImmutableList<String> ORDER =
      ImmutableList.of(TypeUrls.CLUSTER, TypeUrls.ENDPOINTS, TypeUrls.LISTENER, TypeUrls.ROUTES);

  private final Variant variant;
  private final NodeMemory memory;
  private final Ordering ordering;
  private final Planner planner;
  private final References references;
  private final TreeMap<String, TypeState> types =
      new TreeMap<>(
          Comparator.<String>comparingInt(t -> Math.floorMod(ORDER.indexOf(t), ORDER.size() + 1))
              .thenComparing(Comparator.naturalOrder()));
  private final List<Answer> answers = new ArrayList<>();
  private @Nullable Snapshot snapshot;
  private long nonces;

  /** What a client's answer, or the lack of a cluster, says of one resource; empty is an ACK. */
  record Answer(String typeUrl, String name, String version, Optional<String> error) {}

  StreamState(Variant variant, NodeMemory memory, References references, Duration drain) {
    this.variant = variant;
    this.memory = memory;
    this.references = references;
    this.ordering = new Ordering(types, memory, references, drain);
    this.planner = new Planner(variant, memory, ordering);
  }

  /** How many types the client has asked for. */
  int typeCount() {
    return types.size();
  }

  boolean knows(String typeUrl) {
    return types.containsKey(typeUrl);
  }

  /** How many names of a type the client has asked for. */
  int subscribed(String typeUrl) {
    TypeState type = types.get(typeUrl);
    return type == null ? 0 : type.subscription.names().size();
  }

  /** Serves this from now on; what was not sent of an earlier one never will be. */
  void serve(Snapshot next) {
    Snapshot before = snapshot;
    snapshot = next;
    for (TypeState type : types.values()) {
      // Contents are compared, not versions: a base configuration may bring its own version
      // strings.
      type.dirty |=
          before == null || !before.resources(type.typeUrl).equals(next.resources(type.typeUrl));
    }
  }

  void accept(Ask ask, Instant now) {
    TypeState type = types.computeIfAbsent(ask.typeUrl(), TypeState::new);
    switch (ask) {
      case Ask.Full full -> acceptFull(type, full, now);
      case Ask.Delta delta -> acceptDelta(type, delta, now);
    }
  }

  private void acceptFull(TypeState type, Ask.Full ask, Instant now) {
    boolean first = !type.asked;
    // "The management server should not send a DiscoveryResponse for any DiscoveryRequest that has
    // a
    // stale nonce." The client repeats its names when it answers the newer response. In the first
    // request a nonce means nothing: it is "valid only in the context of an individual xDS stream".
    if (!first && !ask.nonce().isEmpty() && !ask.nonce().equals(type.lastNonce)) {
      return;
    }
    if (!first && !ask.nonce().isEmpty()) {
      resolve(type, ask, now);
    }
    boolean wildcardBefore = type.subscription.wildcard();
    TreeSet<String> asked = new TreeSet<>(type.subscription.replace(ask.names()));
    boolean more = !asked.isEmpty() || (type.subscription.wildcard() && !wildcardBefore);
    type.forgetUncovered();
    if (first) {
      type.asked = true;
      type.resumed = !ask.versionInfo().isEmpty();
      type.resumeVersion = type.resumed ? ask.versionInfo() : null;
    } else {
      // "the server must resend any newly requested resources, even if it previously sent those"
      type.forced.addAll(asked);
    }
    type.answerDue |= more && type.fullState();
    type.dirty |= first || more;
  }

  private void acceptDelta(TypeState type, Ask.Delta ask, Instant now) {
    boolean first = !type.asked;
    type.asked = true;
    // "The nonce may be used to correlate an ack/nack with a server response, but should not be
    // used
    // to reject stale requests."
    if (!ask.nonce().isEmpty()) {
      resolve(type, ask, now);
    }
    boolean wildcardBefore = type.subscription.wildcard();
    TreeSet<String> asked =
        new TreeSet<>(type.subscription.change(ask.subscribe(), ask.unsubscribe()));
    if (first) {
      type.resumed = !ask.initialVersions().isEmpty();
      ask.initialVersions().forEach((name, version) -> bring(type, name, version, now));
      asked.removeAll(ask.initialVersions().keySet());
    }
    type.forgetUncovered();
    // "the server must still provide those resources in the response": the client may have
    // forgotten
    // what it subscribes to again.
    type.forced.addAll(asked);
    // "the server must send a response that includes the specific resource in either the
    // removed_resources field [...] or in the resources field", if a wildcard covers it still.
    ask.unsubscribe().stream()
        .filter(name -> !name.equals(Subscription.WILDCARD) && type.subscription.covers(name))
        .forEach(type.forced::add);
    boolean wildcardNow = type.subscription.wildcard() && !wildcardBefore;
    type.answerDue |= wildcardNow && ask.initialVersions().isEmpty();
    type.dirty |= first || wildcardNow || !asked.isEmpty() || !ask.unsubscribe().isEmpty();
  }

  private void bring(TypeState type, String name, String version, Instant now) {
    Entry entry = type.entry(name);
    entry.ackedVersion = version;
    entry.ackedAt = now;
    Resource lastGood = memory.lastGood(type.typeUrl, name);
    if (lastGood != null && lastGood.version().equals(version)) {
      entry.ackedBody = lastGood;
    }
  }

  /** The answer to the response in flight; to any other one it says nothing. */
  private void resolve(TypeState type, Ask ask, Instant now) {
    InFlight answered = type.inFlight;
    if (answered == null || !answered.nonce().equals(ask.nonce())) {
      return;
    }
    type.inFlight = null;
    type.dirty = true;
    type.suspects.conclude();
    for (String name : answered.removed()) {
      type.entries.remove(name);
      if (type.subscription.names().contains(name)) {
        type.entry(name).absent = true;
      }
    }
    String error = ask.error();
    if (error == null) {
      type.ackedVersionInfo = answered.version();
      answered.offered().values().forEach(resource -> acked(type, resource, now));
    } else {
      nacked(type, answered.offered().values().asList(), error, now);
    }
  }

  private void acked(TypeState type, Resource resource, Instant now) {
    if (!type.subscription.covers(resource.name())) {
      return;
    }
    type.entry(resource.name()).accept(resource, now);
    answers.add(new Answer(type.typeUrl, resource.name(), resource.version(), Optional.empty()));
  }

  private void nacked(TypeState type, ImmutableList<Resource> offered, String error, Instant now) {
    if (offered.size() == 1) {
      Resource resource = offered.getFirst();
      Entry entry = type.entry(resource.name());
      Nack nack = new Nack(resource.version(), error, now);
      memory.reject(resource, nack, entry.ackedBody);
      entry.nack = nack;
      entry.uncertain = false;
      answers.add(
          new Answer(type.typeUrl, resource.name(), resource.version(), Optional.of(error)));
      return;
    }
    // NACK "is indicated by the presence of the error_detail field", which names a response only.
    offered.forEach(resource -> type.entry(resource.name()).uncertain = true);
    if (!offered.isEmpty()) {
      type.suspects.accuse(offered);
    }
  }

  /** The next response to send, which is in flight from now on; null when there is none. */
  @Nullable Outgoing next(Instant now) {
    Snapshot served = snapshot;
    if (served == null) {
      return null;
    }
    ordering.serve(served);
    Outgoing next = nextByType(served, now);
    if (next == null && ordering.reviewRemovals(now)) {
      next = nextByType(served, now);
    }
    return next;
  }

  private @Nullable Outgoing nextByType(Snapshot served, Instant now) {
    for (TypeState type : types.values()) {
      if (type.asked && type.dirty && type.inFlight == null) {
        Planner.Plan plan = planner.plan(type, served, now, answers);
        if (plan != null) {
          return send(type, plan, now);
        }
      }
    }
    return null;
  }

  private Outgoing send(TypeState type, Planner.Plan plan, Instant now) {
    String nonce = Long.toString(++nonces);
    type.lastNonce = nonce;
    type.answerDue = false;
    type.inFlight =
        new InFlight(nonce, plan.version(), ImmutableMap.copyOf(plan.changes()), plan.removed());
    plan.changes()
        .forEach((name, resource) -> {
          Entry entry = type.entry(name);
          entry.sentVersion = resource.version();
          entry.sentAt = now;
          type.forced.remove(name);
        });
    plan.removed().forEach(type.forced::remove);
    if (type.typeUrl.equals(TypeUrls.CLUSTER)) {
      oweEndpoints(plan);
    }
    return new Outgoing(type.typeUrl, nonce, plan.version(), plan.resources(), plan.removed());
  }

  /**
   * "Warming of Cluster is completed only when a new ClusterLoadAssignment response is supplied by
   * management server even though there is no change in endpoints." An incremental client does not
   * even ask for it.
   */
  private void oweEndpoints(Planner.Plan plan) {
    for (Resource cluster : plan.changes().values()) {
      for (String endpoints : references.of(cluster)) {
        TypeState type = types.computeIfAbsent(TypeUrls.ENDPOINTS, TypeState::new);
        type.forced.add(endpoints);
        type.dirty = true;
      }
    }
  }

  /** What the client's answers have said since the last call. */
  ImmutableList<Answer> takeAnswers() {
    ImmutableList<Answer> taken = ImmutableList.copyOf(answers);
    answers.clear();
    return taken;
  }

  /** Whether every response has been answered. */
  boolean quiet() {
    return types.values().stream().allMatch(type -> type.inFlight == null);
  }

  /** When something has to be looked at again although nothing happens. */
  Optional<Instant> deadline() {
    return ordering.deadline();
  }

  ImmutableSortedMap<String, TypeView> view() {
    ImmutableSortedMap.Builder<String, TypeView> views = ImmutableSortedMap.naturalOrder();
    types.values().stream().filter(t -> t.asked).forEach(t -> views.put(t.typeUrl, t.view()));
    return views.buildOrThrow();
  }

  /** Leaves what the client holds to its next stream. */
  void remember() {
    if (variant == Variant.INCREMENTAL) {
      return; // such a client says itself what it holds
    }
    for (TypeState type : types.values()) {
      ImmutableMap.Builder<String, Resource> held = ImmutableMap.builder();
      type.entries.forEach((name, entry) -> {
        if (entry.ackedBody != null) {
          held.put(name, entry.ackedBody);
        }
      });
      if (!type.ackedVersionInfo.isEmpty()) {
        memory.remember(
            type.typeUrl, new NodeMemory.Held(type.ackedVersionInfo, held.buildOrThrow()));
      }
    }
  }
}

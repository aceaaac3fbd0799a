package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;
import dev.serin.ads.ProxyView.TypeView;
import dev.serin.ads.TypeState.InFlight;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeResources;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.Unsaid;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  private final Variant variant;
  private final NodeMemory memory;
  private final Ordering ordering;
  private final Planner planner;
  private final References references;
  private final Types types = new Types();
  private final Answers answers;
  private final @Nullable Object shownAs;
  private @Nullable Snapshot snapshot;
  private long nonces;

  /**
   * A stream that has asked for nothing yet.
   *
   * @param alone whether the stream has one type only, and the client others for the rest
   */
  StreamState(
      Variant variant, boolean alone, NodeMemory memory, References references, Duration drain) {
    this.shownAs = alone ? new Object() : null; // what is shown outlives the stream
    this.variant = variant;
    this.memory = memory;
    this.references = references;
    this.ordering = new Ordering(types, memory, references, drain);
    this.answers = new Answers(memory);
    this.planner = new Planner(variant, memory, ordering);
  }

  /** How many types the client has asked for. */
  int typeCount() {
    return types.size();
  }

  boolean knows(String typeUrl) {
    return types.get(typeUrl) != null;
  }

  /** Tells what the client asks for of a type now. */
  void tell(String typeUrl, Demand.Wants wants) {
    TypeState type = types.get(typeUrl);
    if (type != null) {
      wants.asks(typeUrl, type.subscription.wildcard(), type.subscription.names());
    }
  }

  /** How many names of a type the client has asked for. */
  int subscribed(String typeUrl) {
    TypeState type = types.get(typeUrl);
    return type == null ? 0 : type.subscription.names().size();
  }

  /** Serves this from now on; what was not sent of an earlier one never will be. */
  void serve(Snapshot next) {
    boolean first = snapshot == null;
    snapshot = next;
    ordering.serve(next);
    for (TypeState type : types.inOrder()) {
      take(type, next, first);
    }
  }

  private static void take(TypeState type, Snapshot snapshot, boolean first) {
    TypeResources served = snapshot.ofType(type.typeUrl);
    Unsaid unsaid = snapshot.unsaid(type.typeUrl);
    type.dirty |= first || served != type.served || !unsaid.equals(type.unsaid);
    if (!unsaid.equals(type.unsaid)) {
      type.lookAt(ImmutableSortedSet.copyOf(type.subscription.names())); // some are known by now
    }
    type.served = served;
    type.unsaid = unsaid;
  }

  void accept(Ask ask, Instant now) {
    switch (ask) {
      case Ask.Full full -> acceptFull(type(full.typeUrl()), full, now);
      case Ask.Delta delta -> acceptDelta(type(delta.typeUrl()), delta, now);
      case Ask.Malformed bytes -> throw new IllegalArgumentException(bytes.problem());
    }
    if (shownAs != null) {
      show(type(ask.typeUrl()));
    }
  }

  private TypeState type(String typeUrl) {
    TypeState known = types.get(typeUrl);
    if (known != null) {
      return known;
    }
    TypeState added = types.add(typeUrl);
    if (snapshot != null) {
      take(added, snapshot, true);
    }
    return added;
  }

  private void show(TypeState type) {
    if (shownAs != null && References.mayPoint(type.typeUrl)) {
      memory.show(shownAs, type.typeUrl, type.view());
    }
  }

  private void acceptFull(TypeState type, Ask.Full ask, Instant now) {
    boolean first = !type.asked;
    // "Resource updates": a stale nonce gets no response; the client repeats its names when it
    // answers the newer one. "Basic protocol overview": nonces end with their stream, so in the
    // first request one means nothing.
    if (!first && !ask.nonce().isEmpty() && !ask.nonce().equals(type.lastNonce)) {
      return;
    }
    if (!first && !ask.nonce().isEmpty()) {
      answers.resolve(type, ask, now);
    }
    if (!first && type.subscription.repeats(ask.names())) {
      return;
    }
    Coverage before = Coverage.of(type.subscription);
    ImmutableSortedSet<String> asked = type.subscription.replace(ask.names());
    boolean more = !asked.isEmpty() || (type.subscription.wildcard() && !before.wildcard());
    grow(type, before, asked);
    if (first) {
      type.asked = true;
      type.resumed = !ask.versionInfo().isEmpty();
      type.resumeVersion = type.resumed ? ask.versionInfo() : null;
    } else {
      // "How the client specifies what resources to return": what is newly asked for is sent,
      // though the client may have it from before.
      type.force(asked);
    }
    if (type.typeUrl.equals(TypeUrls.RUNTIME)) {
      type.lookAt(asked); // what is not served is answered for it all the same
    }
    type.answerDue |= more && type.fullState();
    type.dirty |= first || more;
  }

  /** What a subscription covered before it changed. */
  private record Coverage(boolean wildcard, ImmutableSortedSet<String> names) {
    static Coverage of(Subscription subscription) {
      return new Coverage(subscription.wildcard(), subscription.names());
    }

    boolean covers(String name) {
      return wildcard || names.contains(name);
    }
  }

  /** Keeps what is known of the client true of what the subscription covers now. */
  private static void grow(TypeState type, Coverage before, ImmutableSortedSet<String> asked) {
    if (type.subscription.wildcard() && !before.wildcard()) {
      type.holdings = type.holdings.spelledOut(before::covers);
    } else if (!before.wildcard()) {
      type.holdings = type.holdings.forgetting(asked);
    }
    type.forgetUncovered();
  }

  private void acceptDelta(TypeState type, Ask.Delta ask, Instant now) {
    boolean first = !type.asked;
    type.asked = true;
    // "Incremental xDS": a nonce tells which response is answered; the names count whatever it is.
    if (!ask.nonce().isEmpty()) {
      answers.resolve(type, ask, now);
    }
    if (!first && ask.subscribe().isEmpty() && ask.unsubscribe().isEmpty()) {
      return;
    }
    Coverage before = Coverage.of(type.subscription);
    ImmutableSortedSet<String> subscribed =
        type.subscription.change(ask.subscribe(), ask.unsubscribe());
    ImmutableSortedSet<String> asked =
        ImmutableSortedSet.copyOf(Sets.filter(subscribed, type.subscription::covers).iterator());
    boolean wildcardAgain =
        before.wildcard()
            && type.subscription.wildcard()
            && ask.subscribe().contains(Subscription.WILDCARD);
    grow(type, before, asked);
    if (first) {
      type.resumed = !ask.initialVersions().isEmpty();
      type.brought = ask.initialVersions();
      asked =
          ImmutableSortedSet.copyOf(
              Sets.difference(asked, ask.initialVersions().keySet()).iterator());
    } else {
      // "Subscribing to resources": the client may have forgotten what it subscribes to again,
      // everything included.
      if (wildcardAgain) {
        type.force(type.holdings.names(type.subscription::covers));
      }
      type.force(asked);
    }
    type.lookAt(asked);
    // "Unsubscribing from resources": a client that still has the wildcard is told whether that
    // covers what it gave up by name.
    type.force(
        ask.unsubscribe().stream()
            .filter(name -> !name.equals(Subscription.WILDCARD) && type.subscription.covers(name))
            .toList());
    boolean wildcardNow = type.subscription.wildcard() && !before.wildcard();
    type.answerDue |= wildcardAgain || (wildcardNow && ask.initialVersions().isEmpty());
    type.dirty |=
        first || wildcardNow || wildcardAgain || !asked.isEmpty() || !ask.unsubscribe().isEmpty();
  }

  /** The next response to send, which is in flight from now on; null when there is none. */
  @Nullable Outgoing next(Instant now) {
    if (snapshot == null) {
      return null;
    }
    Outgoing next = nextByType(now);
    if (next == null && ordering.reviewRemovals(now)) {
      next = nextByType(now);
    }
    return next;
  }

  private @Nullable Outgoing nextByType(Instant now) {
    for (TypeState type : types.inOrder()) {
      if (type.asked
          && type.dirty
          && type.inFlight == null
          && !type.waitsForOrigin(variant == Variant.STATE_OF_THE_WORLD)) {
        Planner.Plan plan = planner.plan(type, now, answers);
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
        new InFlight(nonce, plan.version(), plan.changes(), plan.removed(), plan.whole(), now);
    type.dealtWith(plan.changes().keySet());
    type.dealtWith(plan.removed());
    if (type.typeUrl.equals(TypeUrls.CLUSTER)) {
      oweEndpoints(plan, type.resumed);
    }
    show(type);
    return new Outgoing(type.typeUrl, nonce, plan.version(), plan.resources(), plan.told());
  }

  /**
   * "Resource warming": an Envoy warms a changed cluster until it gets endpoints anew, changed or
   * not. An incremental client does not even ask for them.
   */
  private void oweEndpoints(Planner.Plan plan, boolean resumed) {
    TypeState known = types.endpoints();
    boolean asked = known != null && known.asked;
    if (plan.changes().isEmpty() || (!asked && !resumed)) {
      return; // whoever has no endpoints yet will ask for them, and gets them then
    }
    TypeState type = type(TypeUrls.ENDPOINTS);
    List<String> owed = new ArrayList<>();
    for (Resource cluster : plan.changes().values()) {
      for (String endpoints : references.of(cluster)) {
        if (!asked || type.subscription.covers(endpoints)) {
          owed.add(endpoints);
        }
      }
    }
    type.force(owed);
    type.dirty |= !owed.isEmpty();
  }

  /** What the client's answers have said since the last call. */
  ImmutableList<Answer> takeAnswers() {
    return answers.take();
  }

  /** Whether every response has been answered. */
  boolean quiet() {
    for (TypeState type : types.inOrder()) {
      if (type.inFlight != null) {
        return false;
      }
    }
    return true;
  }

  /** When something has to be looked at again although nothing happens. */
  Optional<Instant> deadline() {
    return ordering.deadline();
  }

  ImmutableSortedMap<String, TypeView> view() {
    ImmutableSortedMap.Builder<String, TypeView> views = ImmutableSortedMap.naturalOrder();
    types.inOrder().stream().filter(t -> t.asked).forEach(t -> views.put(t.typeUrl, t.view()));
    return views.buildOrThrow();
  }

  /** Leaves what the client holds to its next stream. */
  void remember() {
    memory.ended(shownAs);
    if (variant == Variant.INCREMENTAL) {
      return; // such a client says itself what it holds
    }
    for (TypeState type : types.inOrder()) {
      // A version of somebody else's may stand for another content by the time it is presented.
      if (type.ackedVersionInfo.startsWith(Resumption.CONTENT_HASH)) {
        memory.remember(
            type.typeUrl,
            new NodeMemory.Remembered(
                type.ackedVersionInfo,
                type.holdings.settled(),
                type.subscription.wildcard(),
                type.subscription.names()));
      }
    }
  }
}

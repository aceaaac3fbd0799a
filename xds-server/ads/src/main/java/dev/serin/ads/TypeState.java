package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;
import dev.serin.mesh.Resource;
import dev.serin.mesh.TypeResources;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.Unsaid;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Everything that is known of one type on one stream. Confined to its {@link StreamState}. */
final class TypeState {
  final String typeUrl;
  final Subscription subscription = new Subscription();
  final Suspects suspects = new Suspects();

  /** What the client shall have. */
  TypeResources served = TypeResources.NONE;

  /** What is not known yet of what it shall have. */
  Unsaid unsaid = Unsaid.NOTHING;

  /** What the client has. */
  Holdings holdings = Holdings.NONE;

  /** When it last accepted something, or brought it. */
  @Nullable Instant ackedAt;

  /** What the client has and the snapshot has not, by the last look at it. */
  ImmutableSortedSet<String> ghosts = ImmutableSortedSet.of();

  /**
   * Names to send although the client has this version: asked for again, or their cluster changed.
   */
  ImmutableSortedSet<String> forced = ImmutableSortedSet.of();

  /** Names that are newly asked for, which have to be looked at even if they do not exist. */
  ImmutableSortedSet<String> fresh = ImmutableSortedSet.of();

  /** The one response that is not answered yet. */
  @Nullable InFlight inFlight;

  /** Whether the client has asked for the type on this stream. */
  boolean asked;

  /** Whether a response is owed even if it has nothing new in it. */
  boolean answerDue;

  /** Whether there may be something to send; cleared when there turns out to be nothing. */
  boolean dirty;

  /** Whether the client came with something of this type from an earlier stream. */
  boolean resumed;

  /** The version that a reconnected state-of-the-world client presents, until it is looked at. */
  @Nullable String resumeVersion;

  /** The versions that a reconnected incremental client presents, until they are looked at. */
  ImmutableMap<String, String> brought = ImmutableMap.of();

  String lastNonce = "";
  String ackedVersionInfo = "";

  TypeState(String typeUrl) {
    this.typeUrl = typeUrl;
  }

  /**
   * A response on its way.
   *
   * @param offered the changed resources in it
   * @param removed the names that it removes
   * @param whole what it offers, where that is all there is of the type
   */
  record InFlight(
      String nonce,
      String version,
      ImmutableSortedMap<String, Resource> offered,
      ImmutableList<String> removed,
      @Nullable TypeResources whole,
      Instant sentAt) {}

  /**
   * Whether a state-of-the-world response has to hold everything: always for Listener and Cluster
   * ("Grouping resources into responses"), for other types under a wildcard, where absence would be
   * read as removal.
   */
  boolean fullState() {
    return typeUrl.equals(TypeUrls.CLUSTER)
        || typeUrl.equals(TypeUrls.LISTENER)
        || subscription.wildcard();
  }

  /**
   * Whether an answer could not be right yet: it would have to say what else there is, or is not.
   */
  boolean waitsForOrigin(boolean stateOfTheWorld) {
    return unsaid.whole() && (subscription.wildcard() || (stateOfTheWorld && fullState()));
  }

  /**
   * Whether the client has just what its holdings are told from, and nothing is known of it beside
   * that.
   */
  boolean plain() {
    return holdings.others().isEmpty()
        && ghosts.isEmpty()
        && suspects.isEmpty()
        && subscription.aliases().isEmpty()
        && resumeVersion == null
        && brought.isEmpty();
  }

  /** Whether the client has asked for something that it has not been answered yet. */
  boolean asksForMore() {
    return answerDue || !forced.isEmpty() || !fresh.isEmpty();
  }

  /** What the client has under a name that it asks for. */
  Held held(String name) {
    return subscription.covers(name) ? holdings.get(name) : Held.NOTHING;
  }

  void note(String name, UnaryOperator<Held> change) {
    holdings = holdings.with(Map.of(name, change.apply(holdings.get(name))));
  }

  /** Asks for a resource to be sent whatever the client has of it. */
  void force(Collection<String> names) {
    forced = union(forced, names);
  }

  void lookAt(Collection<String> names) {
    fresh = union(fresh, names);
  }

  private static ImmutableSortedSet<String> union(
      ImmutableSortedSet<String> some, Collection<String> more) {
    if (more.isEmpty()) {
      return some;
    }
    return some.isEmpty()
        ? ImmutableSortedSet.copyOf(more)
        : ImmutableSortedSet.<String>naturalOrder().addAll(some).addAll(more).build();
  }

  /** These names have been dealt with in a response. */
  void dealtWith(Collection<String> names) {
    forced = without(forced, names);
    fresh = without(fresh, names);
  }

  private static ImmutableSortedSet<String> without(
      ImmutableSortedSet<String> some, Collection<String> dealtWith) {
    if (some.isEmpty() || dealtWith.isEmpty()) {
      return some;
    }
    if (dealtWith.containsAll(some)) {
      return ImmutableSortedSet.of();
    }
    TreeSet<String> left = new TreeSet<>(some);
    left.removeAll(dealtWith);
    return ImmutableSortedSet.copyOfSorted(left);
  }

  /**
   * Finds which names asked for are aliases ("Resource names" of the incremental protocol), and
   * takes those as asked for that the resources go by. One that the client has and that exists no
   * more stays found: it is to be told.
   */
  void findAliases(TypeResources served) {
    ImmutableSortedMap<String, String> before = subscription.aliases();
    if (before.isEmpty() && !served.aliased()) {
      return;
    }
    ImmutableSortedMap.Builder<String, String> found = ImmutableSortedMap.naturalOrder();
    for (String name : subscription.names()) {
      Resource known = served.get(name) == null ? served.byAlias(name) : null;
      String gone = before.get(name);
      if (known != null) {
        found.put(name, known.name());
      } else if (gone != null && holdings.get(gone).exists()) {
        found.put(name, gone);
      }
    }
    ImmutableSortedMap<String, String> after = found.buildOrThrow();
    Set<String> unheard =
        after.values().stream()
            .filter(name -> !subscription.covers(name))
            .collect(ImmutableSet.toImmutableSet());
    subscription.aliases(after);
    holdings = holdings.forgetting(unheard).covered(name -> !after.containsKey(name));
    forced = named(forced, after);
    for (String name : Sets.intersection(fresh, after.keySet()).immutableCopy()) {
      force(ImmutableList.of(after.getOrDefault(name, name)));
      fresh = without(fresh, ImmutableList.of(name));
    }
    forgetUncovered();
  }

  private static ImmutableSortedSet<String> named(
      ImmutableSortedSet<String> names, ImmutableSortedMap<String, String> aliases) {
    return names.stream().noneMatch(aliases::containsKey)
        ? names
        : ImmutableSortedSet.copyOf(
            names.stream().map(name -> aliases.getOrDefault(name, name)).iterator());
  }

  /** The client lost interest in what the subscription no longer covers. */
  void forgetUncovered() {
    holdings = holdings.covered(subscription::covers);
    forced = kept(forced);
    fresh = kept(fresh);
  }

  private ImmutableSortedSet<String> kept(ImmutableSortedSet<String> names) {
    return names.stream().allMatch(subscription::covers)
        ? names
        : ImmutableSortedSet.copyOf(names.stream().filter(subscription::covers).iterator());
  }

  HeldView view() {
    return new HeldView(subscription.wildcard(), subscription.names(), holdings, inFlight, ackedAt);
  }
}

package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.ads.ProxyView.Nack;
import dev.serin.ads.ProxyView.ResourceView;
import dev.serin.ads.ProxyView.TypeView;
import dev.serin.mesh.Resource;
import dev.serin.mesh.TypeUrls;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Everything that is known of one type on one stream. Confined to its {@link StreamState}. */
final class TypeState {
  final String typeUrl;
  final Subscription subscription = new Subscription();
  final Suspects suspects = new Suspects();

  /** What the client has, by name, and how it came to it. */
  final TreeMap<String, Entry> entries = new TreeMap<>();

  /** What the client has and the snapshot has not, by the last look at it. */
  final TreeSet<String> ghosts = new TreeSet<>();

  /**
   * Names to send although the client has this version: asked for again, or their cluster changed.
   */
  final TreeSet<String> forced = new TreeSet<>();

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

  String lastNonce = "";
  String ackedVersionInfo = "";

  TypeState(String typeUrl) {
    this.typeUrl = typeUrl;
  }

  /** A response on its way: the changed resources in it, and the names that it removes. */
  record InFlight(
      String nonce,
      String version,
      ImmutableMap<String, Resource> offered,
      ImmutableList<String> removed) {}

  /**
   * Whether a state-of-the-world response has to hold everything: "the server must include the
   * complete state of the world" for Listener and Cluster; so for other types under a wildcard,
   * where absence would be read as removal.
   */
  boolean fullState() {
    return typeUrl.equals(TypeUrls.CLUSTER)
        || typeUrl.equals(TypeUrls.LISTENER)
        || subscription.wildcard();
  }

  Entry entry(String name) {
    return entries.computeIfAbsent(name, n -> new Entry());
  }

  boolean holds(String name) {
    Entry entry = entries.get(name);
    return entry != null && entry.held();
  }

  /** The client lost interest in what the subscription no longer covers. */
  void forgetUncovered() {
    entries.keySet().removeIf(name -> !subscription.covers(name));
    forced.removeIf(name -> !subscription.covers(name));
  }

  TypeView view() {
    ImmutableSortedMap.Builder<String, ResourceView> resources = ImmutableSortedMap.naturalOrder();
    entries.forEach((name, entry) -> resources.put(name, entry.view()));
    return new TypeView(subscription.wildcard(), subscription.names(), resources.buildOrThrow());
  }

  /** One resource at the client. */
  static final class Entry {
    @Nullable String sentVersion;
    @Nullable Instant sentAt;
    @Nullable String ackedVersion;
    @Nullable Instant ackedAt;

    /** Null where the client brought a version whose content is not known here. */
    @Nullable Resource ackedBody;

    @Nullable Nack nack;

    /** It was in a rejected response with others: the client may use it or not. */
    boolean uncertain;

    /** The client has been told that it does not exist. */
    boolean absent;

    boolean held() {
      return ackedVersion != null || uncertain;
    }

    void accept(Resource resource, Instant now) {
      ackedVersion = resource.version();
      ackedBody = resource;
      ackedAt = now;
      nack = null;
      uncertain = false;
      absent = false;
    }

    ResourceView view() {
      return new ResourceView(
          Optional.ofNullable(sentVersion),
          Optional.ofNullable(sentAt),
          Optional.ofNullable(ackedVersion),
          Optional.ofNullable(ackedAt),
          Optional.ofNullable(nack));
    }
  }
}

package dev.serin.ads;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.ads.ProxyView.ResourceView;
import dev.serin.ads.ProxyView.TypeView;
import dev.serin.mesh.ProxyGroup;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All proxies by node id, those that went away included until their retention is over. Thread-safe:
 * a node's record is an immutable value that is swapped whole, so there is no lock between proxies.
 */
final class Fleet implements FleetView {
  private final AdsSettings settings;
  private final ConcurrentHashMap<String, Node> nodes = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<ProxyGroup, Group> groups = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<FleetListener> listeners = new CopyOnWriteArrayList<>();

  Fleet(AdsSettings settings) {
    this.settings = settings;
  }

  /** A stream, as far as the view needs it. */
  interface Stream {
    /** Has it take the newest snapshot. */
    void lookAgain();

    Instant connectedAt();

    Instant lastSeen();

    ImmutableSortedMap<String, TypeView> view();
  }

  /**
   * A proxy.
   *
   * @param gone what it was like when its last stream ended; null while it has one
   */
  record Node(
      Proxy proxy, NodeMemory memory, ImmutableList<Stream> streams, @Nullable ProxyView gone) {}

  /**
   * The streams of proxies with equal needs, which share the one instance of these.
   *
   * @param sample one of the proxies, which may be gone by now
   */
  private record Group(Proxy sample, int streams) {
    private Group(Proxy sample) {
      this(sample, 0);
    }

    private Group with(int more) {
      return new Group(sample, streams + more);
    }
  }

  /** One proxy of each group that has streams. */
  ImmutableList<Proxy> samples() {
    return groups.values().stream().map(Group::sample).collect(ImmutableList.toImmutableList());
  }

  private Proxy enterGroup(Proxy joining) {
    Group entered =
        groups.compute(
            joining.group(),
            (group, known) -> (known == null ? new Group(joining) : known).with(1));
    return new Proxy(
        joining.nodeId(), joining.nodeCluster(), requireNonNull(entered).sample().group());
  }

  private void leaveGroup(Proxy leaving) {
    groups.computeIfPresent(
        leaving.group(), (group, known) -> known.streams() == 1 ? null : known.with(-1));
  }

  Node join(Proxy joining, Stream stream, Instant now) {
    Proxy proxy = enterGroup(joining);
    boolean[] first = new boolean[1];
    Node joined =
        nodes.compute(
            proxy.nodeId(),
            (id, known) -> {
              ImmutableList<Stream> before = known == null ? ImmutableList.of() : known.streams();
              first[0] = before.isEmpty();
              return new Node(
                  proxy,
                  known == null ? new NodeMemory() : known.memory(),
                  ImmutableList.<Stream>builder().addAll(before).add(stream).build(),
                  null);
            });
    if (first[0]) {
      tellAll(listener -> listener.joined(proxy, now));
    }
    return joined;
  }

  void leave(Node joined, Stream stream, Instant now) {
    Proxy proxy = joined.proxy();
    leaveGroup(proxy);
    Node left =
        nodes.computeIfPresent(
            proxy.nodeId(),
            (id, known) -> {
              ImmutableList<Stream> rest =
                  known.streams().stream()
                      .filter(s -> !s.equals(stream))
                      .collect(ImmutableList.toImmutableList());
              ProxyView gone =
                  rest.isEmpty()
                      ? new ProxyView(
                          known.proxy(), false, 0, stream.connectedAt(), now, stream.view())
                      : null;
              return new Node(known.proxy(), known.memory(), rest, gone);
            });
    if (left != null && left.streams().isEmpty()) {
      tellAll(listener -> listener.left(proxy, now));
    }
  }

  void tell(Proxy proxy, Answer answer, Instant at) {
    tellAll(listener ->
        answer
            .error()
            .ifPresentOrElse(
                error ->
                    listener.nacked(
                        proxy, answer.typeUrl(), answer.name(), answer.version(), error, at),
                () ->
                    listener.acked(proxy, answer.typeUrl(), answer.name(), answer.version(), at)));
  }

  private void tellAll(Consumer<FleetListener> event) {
    listeners.forEach(event);
  }

  /**
   * Forgets who has been away for longer than the retention, and the longest away if too many are.
   */
  void forget(Instant now) {
    Instant oldest = now.minus(settings.retention());
    nodes.values().removeIf(node -> node.gone() != null && node.gone().lastSeen().isBefore(oldest));
    int most = settings.limits().maxGoneProxies();
    ImmutableList<ProxyView> gone =
        nodes.values().stream()
            .map(Node::gone)
            .filter(view -> view != null)
            .sorted(Comparator.comparing(ProxyView::lastSeen))
            .collect(ImmutableList.toImmutableList());
    for (ProxyView view : gone.subList(0, Math.max(0, gone.size() - most))) {
      nodes.computeIfPresent(
          view.proxy().nodeId(), (id, node) -> node.gone() == null ? node : null);
    }
  }

  ImmutableList<Node> nodes() {
    return ImmutableList.copyOf(nodes.values());
  }

  /** Has the streams of one proxy take the newest snapshot. */
  void lookAgain(String nodeId) {
    Node node = nodes.get(nodeId);
    if (node != null) {
      node.streams().forEach(Stream::lookAgain);
    }
  }

  @Override
  public ImmutableList<ProxyView> proxies() {
    return nodes.values().stream()
        .map(Fleet::view)
        .sorted(Comparator.comparing(view -> view.proxy().nodeId()))
        .collect(ImmutableList.toImmutableList());
  }

  @Override
  public Optional<ProxyView> proxy(String nodeId) {
    return Optional.ofNullable(nodes.get(nodeId)).map(Fleet::view);
  }

  @Override
  public void addListener(FleetListener listener) {
    listeners.add(listener);
  }

  private static ProxyView view(Node node) {
    ProxyView gone = node.gone();
    if (gone != null) {
      return gone;
    }
    if (node.streams().size() == 1) {
      Stream only = node.streams().getFirst();
      return new ProxyView(node.proxy(), true, 1, only.connectedAt(), only.lastSeen(), only.view());
    }
    TreeMap<String, TypeView> types = new TreeMap<>();
    Instant connectedAt = Instant.MAX;
    Instant lastSeen = Instant.MIN;
    for (Stream stream : node.streams()) {
      stream.view().forEach((type, view) -> types.merge(type, view, Fleet::merged));
      connectedAt = earlier(connectedAt, stream.connectedAt());
      lastSeen = lastSeen.isBefore(stream.lastSeen()) ? stream.lastSeen() : lastSeen;
    }
    return new ProxyView(
        node.proxy(),
        true,
        node.streams().size(),
        connectedAt,
        lastSeen,
        ImmutableSortedMap.copyOf(types));
  }

  private static TypeView merged(TypeView one, TypeView other) {
    TreeMap<String, ResourceView> resources = new TreeMap<>(one.resources());
    other.resources().forEach((name, view) -> resources.merge(name, view, Fleet::leastFar));
    return TypeView.of(
        one.wildcard() || other.wildcard(),
        ImmutableSortedSet.<String>naturalOrder().addAll(one.names()).addAll(other.names()).build(),
        ImmutableSortedMap.copyOf(resources));
  }

  /**
   * A rejection before an open answer before an ACK: nothing is claimed that one stream has not
   * said.
   */
  private static ResourceView leastFar(ResourceView one, ResourceView other) {
    int difference = Integer.compare(distance(one), distance(other));
    if (difference != 0) {
      return difference < 0 ? one : other;
    }
    Instant mine = one.ackedAt().orElse(Instant.MAX);
    return other.ackedAt().orElse(Instant.MAX).isBefore(mine) ? other : one;
  }

  private static int distance(ResourceView view) {
    if (view.nack().isPresent()) {
      return 0;
    }
    Optional<String> sent = view.sentVersion();
    return sent.isPresent() && !sent.equals(view.ackedVersion()) ? 1 : 2;
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}

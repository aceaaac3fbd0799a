package dev.serin.server.api;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Sets;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.protobuf.ByteString;
import dev.serin.mesh.Resource;
import dev.serin.mesh.RouteCounts;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.tree.Redacted;
import dev.serin.server.control.Outcome;
import dev.serin.server.fleet.Sides;
import dev.serin.v1.DiffProxyResponse;
import dev.serin.v1.DiffReach;
import dev.serin.v1.ResourceDiff;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** What is not the same on both sides of a proxy, and how little of all that is. */
final class ProxyDiff {
  /** Below the 4 MiB that gRPC clients take if nobody told them otherwise. */
  private static final int MAX_PAGE_BYTES = 3 << 20;

  private final ImmutableList<Pair> pairs;
  private final DiffReach reach;
  private final ImmutableList<String> refusals;
  private final ImmutableList<String> clashes;

  /** A resource on either side, or on both with other content. */
  private record Pair(
      String typeUrl, String name, Optional<Resource> base, Optional<Resource> served) {
    ResourceDiff message() {
      ResourceDiff.Builder message = ResourceDiff.newBuilder().setTypeUrl(typeUrl).setName(name);
      base.ifPresent(resource -> message.setBaseVersion(resource.version()));
      served.ifPresent(resource -> message.setServedVersion(resource.version()));
      // What proxies keep to themselves is nothing for people to read.
      if (!typeUrl.equals(TypeUrls.SECRET)) {
        base.flatMap(Pair::shown).ifPresent(message::setBase);
        served.flatMap(Pair::shown).ifPresent(message::setServed);
      }
      return message.build();
    }

    /** Keys may be written into clusters and listeners as well. */
    private static Optional<ByteString> shown(Resource resource) {
      return Redacted.of(resource.typeUrl(), resource.value());
    }
  }

  private ProxyDiff(ImmutableList<Pair> pairs, DiffReach reach, Sides sides) {
    this.pairs = pairs;
    this.reach = reach;
    this.refusals =
        sides.refusals().stream()
            .map(refusal -> refusal.service() + ": " + refusal.reason())
            .collect(ImmutableList.toImmutableList());
    this.clashes = sides.clashes().asList();
  }

  static ProxyDiff of(Sides sides) {
    ImmutableList<Pair> pairs = pairs(sides.base(), sides.served());
    int resources = 0;
    int routes = 0;
    for (String type : sides.base().typeUrls()) {
      resources += sides.base().ofType(type).size();
      routes += sides.base().resources(type).values().stream().mapToInt(RouteCounts::all).sum();
    }
    DiffReach.Builder reach = DiffReach.newBuilder().setResources(resources).setRoutes(routes);
    for (Pair pair : pairs) {
      if (pair.base().isEmpty()) {
        reach.setAdded(reach.getAdded() + 1);
      } else if (pair.served().isEmpty()) {
        reach.setRemoved(reach.getRemoved() + 1);
      } else {
        reach.setChangedResources(reach.getChangedResources() + 1);
        reach.setChangedRoutes(
            reach.getChangedRoutes() + RouteCounts.changed(pair.base().get(), pair.served().get()));
      }
    }
    return new ProxyDiff(pairs, reach.build(), sides);
  }

  private static ImmutableList<Pair> pairs(Snapshot base, Snapshot served) {
    ImmutableList.Builder<Pair> pairs = ImmutableList.builder();
    for (String type : new TreeSet<>(Sets.union(base.typeUrls(), served.typeUrls()))) {
      if (base.ofType(type).equals(served.ofType(type))) {
        continue; // the very same set
      }
      TreeSet<String> names = new TreeSet<>(base.resources(type).keySet());
      names.addAll(served.resources(type).keySet());
      for (String name : names) {
        Optional<Resource> before = base.resource(type, name);
        Optional<Resource> now = served.resource(type, name);
        if (!before.map(Resource::value).equals(now.map(Resource::value))) {
          pairs.add(new Pair(type, name, before, now));
        }
      }
    }
    return pairs.build();
  }

  /** Which differences these are: a page goes on from one before it of the same only. */
  private String version() {
    Hasher hasher = Hashing.sha256().newHasher();
    for (Pair pair : pairs) {
      ResourceDiff bare = pair.message().toBuilder().clearBase().clearServed().build();
      hasher.putBytes(bare.toByteArray()).putString("|", StandardCharsets.UTF_8);
    }
    return hasher.hash().toString().substring(0, 32);
  }

  DiffProxyResponse page(String token) {
    String version = version();
    int from = token.isEmpty() ? 0 : place(token, version);
    DiffProxyResponse.Builder page =
        DiffProxyResponse.newBuilder()
            .setReach(reach)
            .addAllRefusals(refusals)
            .addAllClashes(clashes);
    long bytes = 0;
    for (int i = from; i < pairs.size(); i++) {
      ResourceDiff next = pairs.get(i).message();
      bytes += next.getSerializedSize();
      if (i > from && bytes > MAX_PAGE_BYTES) {
        return page.setNextPageToken(version + "." + i).build();
      }
      page.addResources(next);
    }
    return page.build();
  }

  private int place(String token, String version) {
    List<String> parts = Splitter.on('.').splitToList(token);
    if (parts.size() == 2 && parts.get(1).matches("[0-9]{1,9}")) {
      if (!parts.get(0).equals(version)) {
        throw Replies.status(
            Outcome.refused(
                Outcome.Kind.CONFLICT,
                "something else has changed since the first page; ask again without page_token"));
      }
      int place = Integer.parseInt(parts.get(1));
      if (place <= pairs.size()) {
        return place;
      }
    }
    throw Replies.badField("page_token", token + " (expected: next_page_token of a page)");
  }
}

package dev.serin.mesh.overlay;

import com.github.xds.core.v3.TypedExtensionConfig;
import com.github.xds.type.matcher.v3.Matcher;
import com.github.xds.type.matcher.v3.Matcher.MatcherList.FieldMatcher;
import com.github.xds.type.matcher.v3.Matcher.MatcherTree;
import com.github.xds.type.matcher.v3.Matcher.OnMatch;
import com.google.common.collect.ImmutableList;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteList;
import io.envoyproxy.envoy.type.matcher.v3.HttpRequestHeaderMatchInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The routes inside the matcher tree of a virtual host ({@code VirtualHost.matcher}), which stands
 * for its list of routes. The tree finds a list of routes by a header's value with one look-up,
 * however many values there are; there is no way back from a list that has no route for a request,
 * so each list is whole.
 *
 * @see <a
 *     href="https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto#envoy-v3-api-field-config-route-v3-virtualhost-matcher">Envoy:
 *     VirtualHost.matcher</a>
 */
public final class MatcherTrees {
  private static final String PREFIX = "type.googleapis.com/";

  private MatcherTrees() {}

  /**
   * The list that a request is led to, by Envoy's rules.
   *
   * @param header a header's value in the request
   * @return empty where the tree leads nowhere
   * @throws IllegalArgumentException for a tree of another make than those of this class
   */
  public static ImmutableList<Route> find(Matcher tree, Function<String, Optional<String>> header) {
    Any input = tree.getMatcherTree().getInput().getTypedConfig();
    if (!tree.getMatcherTree().hasExactMatchMap() || !input.is(HttpRequestHeaderMatchInput.class)) {
      throw new IllegalArgumentException("a matcher tree of another kind (expected: by header)");
    }
    try {
      OnMatch found =
          header
              .apply(input.unpack(HttpRequestHeaderMatchInput.class).getHeaderName())
              .map(tree.getMatcherTree().getExactMatchMap().getMapMap()::get)
              .orElse(tree.getOnNoMatch());
      return found.hasMatcher() ? find(found.getMatcher(), header) : routes(found.getAction());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("a matcher tree that is none", e);
    }
  }

  /** All routes that the tree's actions hold. */
  static Stream<Route> routes(Matcher tree) {
    Stream<OnMatch> ways =
        switch (tree.getMatcherTypeCase()) {
          case MATCHER_LIST ->
              tree.getMatcherList().getMatchersList().stream().map(FieldMatcher::getOnMatch);
          case MATCHER_TREE ->
              Stream.concat(
                  tree.getMatcherTree().getExactMatchMap().getMapMap().values().stream(),
                  tree.getMatcherTree().getPrefixMatchMap().getMapMap().values().stream());
          case MATCHERTYPE_NOT_SET -> Stream.empty();
        };
    return Stream.concat(ways, tree.hasOnNoMatch() ? Stream.of(tree.getOnNoMatch()) : Stream.of())
        .flatMap(
            way -> way.hasMatcher() ? routes(way.getMatcher()) : routes(way.getAction()).stream());
  }

  private static ImmutableList<Route> routes(TypedExtensionConfig action) {
    Any config = action.getTypedConfig();
    try {
      if (config.is(Route.class)) {
        return ImmutableList.of(config.unpack(Route.class));
      }
      return config.is(RouteList.class)
          ? ImmutableList.copyOf(config.unpack(RouteList.class).getRoutesList())
          : ImmutableList.of();
    } catch (InvalidProtocolBufferException e) {
      // Envoy would refuse it as well; it is not ours to change.
      return ImmutableList.of();
    }
  }

  /**
   * The tree with the lists of its actions replaced.
   *
   * @param replaced the list that a list becomes; empty where it stays
   */
  static Matcher replace(
      Matcher tree, Function<ImmutableList<Route>, Optional<ImmutableList<Route>>> replaced) {
    Matcher.Builder after = tree.toBuilder();
    switch (tree.getMatcherTypeCase()) {
      case MATCHER_LIST ->
          after
              .getMatcherListBuilder()
              .getMatchersBuilderList()
              .forEach(matcher -> matcher.setOnMatch(replace(matcher.getOnMatch(), replaced)));
      case MATCHER_TREE -> {
        MatcherTree.Builder inner = after.getMatcherTreeBuilder();
        if (inner.hasExactMatchMap()) {
          Map<String, OnMatch> map = replace(inner.getExactMatchMap().getMapMap(), replaced);
          inner.getExactMatchMapBuilder().putAllMap(map);
        }
        if (inner.hasPrefixMatchMap()) {
          Map<String, OnMatch> map = replace(inner.getPrefixMatchMap().getMapMap(), replaced);
          inner.getPrefixMatchMapBuilder().putAllMap(map);
        }
      }
      case MATCHERTYPE_NOT_SET -> {}
    }
    if (tree.hasOnNoMatch()) {
      after.setOnNoMatch(replace(tree.getOnNoMatch(), replaced));
    }
    return after.build();
  }

  private static Map<String, OnMatch> replace(
      Map<String, OnMatch> ways,
      Function<ImmutableList<Route>, Optional<ImmutableList<Route>>> replaced) {
    Map<String, OnMatch> after = new LinkedHashMap<>();
    ways.forEach((value, way) -> after.put(value, replace(way, replaced)));
    return after;
  }

  private static OnMatch replace(
      OnMatch way, Function<ImmutableList<Route>, Optional<ImmutableList<Route>>> replaced) {
    if (way.hasMatcher()) {
      return way.toBuilder().setMatcher(replace(way.getMatcher(), replaced)).build();
    }
    return replaced
        .apply(routes(way.getAction()))
        .map(routes -> way.toBuilder().setAction(action(routes)).build())
        .orElse(way);
  }

  /**
   * A tree that tells requests apart by the value of one header.
   *
   * @param header its name
   * @param byValue the routes for each value
   * @param otherwise those for every other value, and for none
   */
  static Matcher byHeader(
      String header, Map<String, ImmutableList<Route>> byValue, ImmutableList<Route> otherwise) {
    MatcherTree.MatchMap.Builder map = MatcherTree.MatchMap.newBuilder();
    Map<ImmutableList<Route>, OnMatch> made = new LinkedHashMap<>();
    byValue.forEach(
        (value, routes) -> map.putMap(value, made.computeIfAbsent(routes, MatcherTrees::onMatch)));
    return Matcher.newBuilder()
        .setMatcherTree(
            MatcherTree.newBuilder()
                .setInput(
                    TypedExtensionConfig.newBuilder()
                        .setName("envoy.matching.inputs.request_headers")
                        .setTypedConfig(
                            any(
                                HttpRequestHeaderMatchInput.newBuilder()
                                    .setHeaderName(header)
                                    .build())))
                .setExactMatchMap(map))
        .setOnNoMatch(onMatch(otherwise))
        .build();
  }

  private static OnMatch onMatch(ImmutableList<Route> routes) {
    return OnMatch.newBuilder().setAction(action(routes)).build();
  }

  private static TypedExtensionConfig action(ImmutableList<Route> routes) {
    return TypedExtensionConfig.newBuilder()
        .setName("routes")
        .setTypedConfig(any(RouteList.newBuilder().addAllRoutes(routes).build()))
        .build();
  }

  /** Bytes that depend on the content alone, maps included, as those of every resource do. */
  private static Any any(Message message) {
    byte[] bytes = new byte[message.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      message.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException("an array of the message's own size was too small", e);
    }
    return Any.newBuilder()
        .setTypeUrl(PREFIX + message.getDescriptorForType().getFullName())
        .setValue(ByteString.copyFrom(bytes))
        .build();
  }
}

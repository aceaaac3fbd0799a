package dev.serin.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.xds.core.v3.CidrRange;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.UnknownFieldSet;
import dev.serin.mesh.RouteSimulator.Answer;
import dev.serin.mesh.RouteSimulator.Answer.Routed;
import dev.serin.mesh.RouteSimulator.Share;
import dev.serin.mesh.overlay.SourceAddress;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import io.envoyproxy.envoy.type.matcher.v3.AddressMatcher;
import io.envoyproxy.envoy.type.matcher.v3.FilterStateMatcher;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Envoy's rules of choosing, as observed on Envoy 1.40. */
final class RouteSimulatorTest {
  private static final SimulatedRequest REQUEST = SimulatedRequest.to("shop", "/a/b?v=1");

  @Test
  void theMostSpecificDomainHasTheRequest() {
    RouteConfiguration routes =
        RouteConfiguration.newBuilder()
            .addVirtualHosts(host("any", "*"))
            .addVirtualHosts(host("prefix", "shop.*"))
            .addVirtualHosts(host("longer", "shop.eu.*"))
            .addVirtualHosts(host("suffix", "*.com"))
            .addVirtualHosts(host("exact", "shop.com"))
            .build();

    assertThat(virtualHost(routes, "SHOP.com")).isEqualTo("exact");
    assertThat(virtualHost(routes, "shop.eu.com")).isEqualTo("suffix");
    assertThat(virtualHost(routes, "shop.eu.org")).isEqualTo("longer");
    assertThat(virtualHost(routes, "shop.org")).isEqualTo("prefix");
    assertThat(virtualHost(routes, "cart")).isEqualTo("any");
  }

  @Test
  void pathsMatchWithoutTheirQuery() {
    assertThat(takes(RouteMatch.newBuilder().setPath("/a/b"))).isTrue();
    assertThat(takes(RouteMatch.newBuilder().setPath("/a"))).isFalse();
    assertThat(takes(RouteMatch.newBuilder().setPrefix("/a/"))).isTrue();
    assertThat(takes(RouteMatch.newBuilder().setPathSeparatedPrefix("/a"))).isTrue();
    assertThat(takes(RouteMatch.newBuilder().setPathSeparatedPrefix("/a/"))).isFalse();
    assertThat(
            takes(RouteMatch.newBuilder().setSafeRegex(RegexMatcher.newBuilder().setRegex("/a"))))
        .isFalse();
  }

  @Test
  void anInvertedMatcherOfAnAbsentHeaderMatchesNothingUnlessItCountsAsEmpty() {
    HeaderMatcher.Builder inverted =
        HeaderMatcher.newBuilder()
            .setName("x-a")
            .setStringMatch(StringMatcher.newBuilder().setExact("1"))
            .setInvertMatch(true);

    assertThat(takes(RouteMatch.newBuilder().setPrefix("/").addHeaders(inverted))).isFalse();
    assertThat(
            takes(
                RouteMatch.newBuilder()
                    .setPrefix("/")
                    .addHeaders(inverted.clone().setTreatMissingHeaderAsEmpty(true))))
        .isTrue();
    assertThat(
            takes(
                RouteMatch.newBuilder()
                    .setPrefix("/")
                    .addHeaders(
                        HeaderMatcher.newBuilder()
                            .setName("x-a")
                            .setPresentMatch(true)
                            .setInvertMatch(true))))
        .isTrue();
  }

  @Test
  void whatOnlyAProxyKnowsIsUndecided() {
    RouteMatch fraction =
        RouteMatch.newBuilder()
            .setPrefix("/")
            .setRuntimeFraction(RuntimeFractionalPercent.getDefaultInstance())
            .build();
    RouteMatch newer =
        RouteMatch.newBuilder()
            .setPrefix("/")
            .setUnknownFields(
                UnknownFieldSet.newBuilder()
                    .addField(999, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                    .build())
            .build();

    assertThat(ask(fraction)).isInstanceOf(Answer.Undecided.class);
    assertThat(ask(newer)).isInstanceOf(Answer.Undecided.class);
    assertThat(ask(fraction.toBuilder().setPrefix("/elsewhere").build()))
        .isInstanceOf(Answer.NotRouted.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(((((a{99}){99}){99}){99}){99})",
        "(?i)\\pL",
        "(",
        "(a*)*\u017f(?i)",
      })
  @Timeout(10)
  void anExpressionThatCostsTooMuchOrIsNoneIsUndecidedWithoutACompilation(String regex) {
    RegexMatcher.Builder hostile = RegexMatcher.newBuilder().setRegex(regex);
    Answer answer = ask(RouteMatch.newBuilder().setSafeRegex(hostile).build());
    assertThat(answer)
        .isInstanceOfSatisfying(
            Answer.Undecided.class,
            undecided -> assertThat(undecided.reason()).startsWith("a regular expression "));
  }

  @Test
  void aRangeOfMoreBitsThanAnAddressHasIsUndecided() {
    assertThat(ask(fromRange("10.0.0.0", 33))).isInstanceOf(Answer.Undecided.class);
    assertThat(ask(fromRange("10.0.0.0", -1))).isInstanceOf(Answer.Undecided.class);
    assertThat(ask(fromRange("nowhere", 8))).isInstanceOf(Answer.Undecided.class);
    assertThat(ask(fromRange("127.0.0.0", 8))).isInstanceOf(Routed.class);
  }

  private static RouteMatch fromRange(String address, int bits) {
    return RouteMatch.newBuilder()
        .setPrefix("/")
        .addFilterState(
            FilterStateMatcher.newBuilder()
                .setKey(SourceAddress.KEY)
                .setAddressMatch(
                    AddressMatcher.newBuilder()
                        .addRanges(
                            CidrRange.newBuilder()
                                .setAddressPrefix(address)
                                .setPrefixLen(UInt32Value.of(bits)))))
        .build();
  }

  @Test
  void aNumberInAHeaderThatDividesIsUndecided() {
    RouteConfiguration.Builder routes = weighted(1, 1).toBuilder();
    routes
        .getVirtualHostsBuilder(0)
        .getRoutesBuilder(0)
        .getRouteBuilder()
        .getWeightedClustersBuilder()
        .setHeaderName("x-number");
    assertThat(new RouteSimulator(routes.build()).ask(REQUEST))
        .isEqualTo(new Answer.Undecided("", "a number in header x-number decides"));
  }

  @Test
  void anyTotalOfWeightsIsScaledToAWhole() {
    Routed answer = (Routed) new RouteSimulator(weighted(1, 1, 1)).ask(REQUEST);

    assertThat(answer.shares())
        .containsExactly(
            new Share("c0", 333_333), new Share("c1", 333_333), new Share("c2", 333_334));
    assertThat(answer.cluster(333_332)).isEqualTo("c0");
    assertThat(answer.cluster(333_333)).isEqualTo("c1");
    assertThat(answer.cluster(999_999)).isEqualTo("c2");
    assertThat(new RouteSimulator(weighted(0, 0)).ask(REQUEST))
        .isInstanceOf(Answer.NotRouted.class);
  }

  @Test
  void aRouteThatAnswersItselfReachesNoCluster() {
    RouteConfiguration routes =
        RouteConfiguration.newBuilder()
            .addVirtualHosts(
                VirtualHost.newBuilder()
                    .addDomains("*")
                    .addRoutes(
                        Route.newBuilder()
                            .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                            .setDirectResponse(DirectResponseAction.newBuilder().setStatus(200))))
            .build();

    assertThat(new RouteSimulator(routes).ask(REQUEST)).isInstanceOf(Answer.NotRouted.class);
  }

  private static boolean takes(RouteMatch.Builder match) {
    return ask(match.build()) instanceof Routed;
  }

  private static Answer ask(RouteMatch match) {
    return new RouteSimulator(
            RouteConfiguration.newBuilder()
                .addVirtualHosts(
                    VirtualHost.newBuilder()
                        .addDomains("*")
                        .addRoutes(
                            Route.newBuilder()
                                .setMatch(match)
                                .setRoute(RouteAction.newBuilder().setCluster("c"))))
                .build())
        .ask(REQUEST);
  }

  private static String virtualHost(RouteConfiguration routes, String host) {
    return ((Routed) new RouteSimulator(routes).ask(SimulatedRequest.to(host, "/"))).virtualHost();
  }

  private static VirtualHost host(String name, String domain) {
    return VirtualHost.newBuilder()
        .setName(name)
        .addDomains(domain)
        .addRoutes(
            Route.newBuilder()
                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                .setRoute(RouteAction.newBuilder().setCluster("c")))
        .build();
  }

  private static RouteConfiguration weighted(int... weights) {
    WeightedCluster.Builder clusters = WeightedCluster.newBuilder();
    for (int i = 0; i < weights.length; i++) {
      clusters.addClusters(
          ClusterWeight.newBuilder().setName("c" + i).setWeight(UInt32Value.of(weights[i])));
    }
    return RouteConfiguration.newBuilder()
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .addDomains("*")
                .addRoutes(
                    Route.newBuilder()
                        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                        .setRoute(RouteAction.newBuilder().setWeightedClusters(clusters))))
        .build();
  }
}

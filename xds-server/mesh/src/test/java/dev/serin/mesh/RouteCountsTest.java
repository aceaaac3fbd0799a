package dev.serin.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import org.junit.jupiter.api.Test;

/** Routes are letters, and the cluster that they lead to is what they are. */
class RouteCountsTest {
  private static Resource table(String... hosts) {
    RouteConfiguration.Builder table = RouteConfiguration.newBuilder().setName("r");
    for (int i = 0; i < hosts.length; i++) {
      VirtualHost.Builder host = VirtualHost.newBuilder().setName("host-" + i);
      hosts[i]
          .chars()
          .forEach(letter ->
              host.addRoutes(
                  Route.newBuilder()
                      .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                      .setRoute(RouteAction.newBuilder().setCluster(Character.toString(letter)))));
      table.addVirtualHosts(host);
    }
    return Resource.of(TypeUrls.ROUTES, "r", Encoding.bytes(table.build()));
  }

  private static int changed(String before, String after) {
    return RouteCounts.changed(table(before, "xy"), table(after, "xy"));
  }

  @Test
  void aRouteCountsOnceWhateverBecameOfIt() {
    assertThat(RouteCounts.all(table("abc", "xy"))).isEqualTo(5);
    assertThat(changed("abc", "abc")).isZero();
    assertThat(changed("abc", "aBc")).as("replaced").isEqualTo(1);
    assertThat(changed("abc", "aBBBc")).as("replaced by several").isEqualTo(1);
    assertThat(changed("abc", "aBbc")).as("others before it").isEqualTo(1);
    assertThat(changed("abc", "aBBCC")).as("two in a row").isEqualTo(2);
    assertThat(changed("abc", "AbC")).as("first and last").isEqualTo(2);
    assertThat(changed("abcd", "AbNcd")).as("replaced, and others before one").isEqualTo(2);
    assertThat(RouteCounts.changed(table("abc", "xy"), table("abc"))).as("host gone").isEqualTo(2);
  }

  @Test
  void routesThatEqualOneAnotherAreNoMoreThanTheyAre() {
    assertThat(changed("aab", "AAab")).as("the first of two replaced").isEqualTo(1);
    assertThat(changed("aab", "aAb")).as("the second of two replaced").isEqualTo(1);
    assertThat(changed("aaa", "aaa")).isZero();
    assertThat(changed("aab", "aaBBb")).as("others before the last").isEqualTo(1);
  }

  @Test
  void whatHoldsNoRoutesHasNone() {
    assertThat(
            RouteCounts.all(
                Resource.of(
                    TypeUrls.ROUTES, "r", com.google.protobuf.ByteString.copyFromUtf8("?"))))
        .isZero();
    assertThat(
            RouteCounts.all(
                Resource.of(TypeUrls.CLUSTER, "c", com.google.protobuf.ByteString.EMPTY)))
        .isZero();
  }
}

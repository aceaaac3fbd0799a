package dev.serin.mesh;

import static dev.serin.mesh.Mesh.plan;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.UnknownFieldSet;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.Condition;
import dev.serin.policy.Cohort.TextMatch;
import dev.serin.policy.StickySource;
import io.envoyproxy.envoy.config.route.v3.Route;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is sent to whom, and what is refused rather than sent. */
final class CapabilitiesTest {
  private static final TrafficPlan BETA =
      plan(10_000).cohort(1_000_000, Mesh.any("beta", Mesh.cookie("beta", "yes"))).build();
  private static final TrafficPlan STICKY =
      plan(10_000).sticky(new StickySource.Header("x-user")).build();

  @Test
  void aGrpcClientIsNeverSentACookieMatcher() {
    for (ProxyGroup group : List.of(Mesh.GRPC, Mesh.UNKNOWN)) {
      Rendered rendered = render(BETA, group);
      Rendered base =
          MeshConfig.of(List.of(Mesh.service("checkout", 8080, "checkout")), List.of())
              .render(group);

      assertThat(rendered.refusals()).hasSize(1);
      assertThat(rendered.refusals().get(0).reason())
          .isEqualTo(
              "cohort beta: cookie beta (expected: headers only, this client has no cookies)");
      assertThat(Mesh.routes(rendered, 8080)).isEqualTo(Mesh.routes(base, 8080));
    }
  }

  @Test
  void aGrpcClientGetsHeaderCohortsAndWeights() {
    Rendered rendered =
        render(
            plan(10_000).cohort(1_000_000, Mesh.any("qa", Mesh.header("x-qa", "1"))).build(),
            Mesh.GRPC);

    assertThat(rendered.refusals()).isEmpty();
    assertThat(
            Mesh.ask(rendered, 8080, request().withHeader("x-qa", "1"))
                .ppm("checkout|v2|cohort/qa"))
        .isEqualTo(1_000_000);
    assertThat(Mesh.ask(rendered, 8080, request()).ppm("checkout|v2")).isEqualTo(10_000);
  }

  @Test
  void stickinessNeedsEnvoyOneDotThirtySix() {
    assertThat(render(STICKY, Mesh.ENVOY_1_36).refusals()).isEmpty();
    for (ProxyGroup group : List.of(Mesh.ENVOY_1_35, Mesh.GRPC, Mesh.UNKNOWN)) {
      Rendered rendered = render(STICKY, group);

      assertThat(rendered.refusals()).hasSize(1);
      assertThat(rendered.refusals().get(0).reason()).contains("expected: Envoy 1.36 or newer");
      assertThat(Mesh.ask(rendered, 8080, request()).ppm("checkout|v1")).isEqualTo(1_000_000);
    }
  }

  /**
   * Promotion is for everyone. A proxy that had been kept from the steps used to stay on the old
   * version until keepWarm was over, and to leap to the new one when nobody looked any more.
   */
  @Test
  void aPromotionReachesProxiesThatTheStepsWereRefusedFor() {
    TrafficPlan promoted =
        plan(1_000_000)
            .sticky(new StickySource.Cookie("sid"))
            .cohort(500_000, Mesh.any("beta", Mesh.cookie("beta", "1")))
            .build();
    for (ProxyGroup group : List.of(Mesh.ENVOY_1_35, Mesh.GRPC, Mesh.UNKNOWN)) {
      Rendered rendered = render(promoted, group);
      assertThat(rendered.refusals()).isEmpty();
      for (String cookie : List.of("", "beta=1", "sid=42")) {
        assertThat(
                Mesh.ask(rendered, 8080, request().withHeader("cookie", cookie)).ppm("checkout|v2"))
            .isEqualTo(1_000_000);
      }
    }
    assertThat(render(promoted, Mesh.ENVOY_1_40).refusals()).isEmpty();
    assertThat(Mesh.routesOf(render(promoted, Mesh.ENVOY_1_40), 8080, "checkout"))
        .as("who could tell users apart still does")
        .hasSizeGreaterThan(1);
  }

  @Test
  void anOlderEnvoyIsSentNoFieldItWouldIgnore() {
    for (Route route : Mesh.routesOf(render(BETA, Mesh.ENVOY_1_36), 8080, "checkout")) {
      assertThat(route.getMatch().getUnknownFields())
          .isEqualTo(UnknownFieldSet.getDefaultInstance());
    }
    assertThat(
            Mesh.routesOf(render(BETA, Mesh.ENVOY_1_40), 8080, "checkout")
                .get(0)
                .getMatch()
                .getUnknownFields()
                .hasField(17))
        .isTrue();
  }

  @Test
  void bothWaysToMatchACookieAgree() {
    List<TextMatch> matches =
        List.of(
            new TextMatch.Exact("a.b"),
            new TextMatch.Exact(""),
            new TextMatch.Prefix("a."),
            new TextMatch.Suffix(".b"),
            new TextMatch.Contains("."),
            new TextMatch.Contains(""),
            new TextMatch.In(ImmutableList.of("x", "a.b")),
            new TextMatch.Present());
    List<String> headers =
        List.of(
            "be-ta=a.b",
            "be-ta=\"a.b\"",
            "be-ta=",
            "be-ta=axb",
            "be-ta=a.bc",
            "be-ta=xa.b",
            "xbe-ta=a.b",
            "be-tax=a.b",
            "beXta=a.b",
            "z=1; be-ta=a.b; y=2",
            "z=1;be-ta=a.b;y=2",
            "z=be-ta=a.b",
            "z=a.b; be-ta=x",
            "other",
            "");
    for (TextMatch match : matches) {
      TrafficPlan plan =
          plan(0).cohort(1_000_000, Mesh.any("b", new Condition.Cookie("be-ta", match))).build();
      for (String header : headers) {
        SimulatedRequest request = request().withHeader("cookie", header);
        assertThat(Mesh.ask(render(plan, Mesh.ENVOY_1_36), 8080, request).shares())
            .as("%s of \"%s\"", match, header)
            .isEqualTo(Mesh.ask(render(plan, Mesh.ENVOY_1_40), 8080, request).shares());
      }
    }
  }

  @Test
  void aStickyCookieThatIsEmptyCountsAsAbsentInBothWays() {
    TrafficPlan plan = plan(10_000).sticky(new StickySource.Cookie("sid")).build();
    for (ProxyGroup group : List.of(Mesh.ENVOY_1_36, Mesh.ENVOY_1_40)) {
      Rendered rendered = render(plan, group);
      for (String absent : List.of("sid=", "sid=; a=b", "xsid=1", "sid=\"\"")) {
        assertThat(Mesh.ask(rendered, 8080, request().withHeader("cookie", absent)).hashKey())
            .as(absent)
            .isEmpty();
      }
      assertThat(Mesh.ask(rendered, 8080, request().withHeader("cookie", "a=b; sid=42")).hashKey())
          .contains("salt-checkout\00042");
    }
  }

  @Test
  void aCookieTooLongForARegularExpressionIsRefusedOnlyWhereOneIsNeeded() {
    TrafficPlan plan =
        plan(0).cohort(1, Mesh.any("b", Mesh.cookie("beta", "v".repeat(70)))).build();

    assertThat(render(plan, Mesh.ENVOY_1_40).refusals()).isEmpty();
    assertThat(render(plan, Mesh.ENVOY_1_36).refusals().get(0).reason())
        .contains("74 bytes (expected: at most 70 together before Envoy 1.37)");
  }

  @Test
  void namesAndValuesThatEnvoyWouldRejectAreRefused() {
    for (Condition bad :
        List.of(
            Mesh.header("x role", "a"),
            Mesh.header(":path", "a"),
            Mesh.header("Host", "a"),
            Mesh.header("", "a"),
            Mesh.header("x-role", "a\r\nb"),
            Mesh.header("x-role", "\0"),
            Mesh.cookie("a;b", "c"),
            Mesh.cookie("a", "\n"))) {
      Rendered rendered =
          render(plan(0).cohort(1_000_000, Mesh.any("c", bad)).build(), Mesh.ENVOY_1_40);

      assertThat(rendered.refusals()).as("%s", bad).hasSize(1);
      assertThat(Mesh.routesOf(rendered, 8080, "checkout")).hasSize(1);
    }
  }

  @Test
  void everyReasonIsGivenAtOnce() {
    TrafficPlan plan =
        plan(0)
            .cohort(1, Mesh.any("c", Mesh.cookie("c", "1"), Mesh.header("a b", "1")))
            .sticky(new StickySource.SourceIp())
            .build();

    assertThat(render(plan, Mesh.GRPC).refusals()).hasSize(3);
  }

  @Test
  void aProductOfLongListsIsRefusedWithoutBeingBuilt() {
    ImmutableList<String> many =
        IntStream.range(0, 10_000)
            .mapToObj(Integer::toString)
            .collect(Collectors.collectingAndThen(Collectors.toList(), ImmutableList::copyOf));
    Condition in = new Condition.Cookie("tenant", new TextMatch.In(many));
    Cohort cohort = Mesh.all("c", in, in, in, in, in);

    assertThat(
            render(plan(0).cohort(1, cohort).build(), Mesh.ENVOY_1_40).refusals().get(0).reason())
        .contains("expected: at most 1000");
  }

  private static SimulatedRequest request() {
    return SimulatedRequest.to("checkout", "/");
  }

  private static Rendered render(TrafficPlan plan, ProxyGroup group) {
    return MeshConfig.of(List.of(Mesh.service("checkout", 8080, "checkout")), List.of(plan))
        .render(group);
  }
}

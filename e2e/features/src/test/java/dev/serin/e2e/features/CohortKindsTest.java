package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.net.InetAddresses;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.LoadPlan;
import dev.serin.e2e.traffic.Outcome;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every way to say who is meant, with requests that are in the cohort, near it and without what it
 * looks at, counted by the version that answered. What needs a filter that Serin's own listeners do
 * not have is in {@link TokenCohortsTest}.
 */
@RequireEnvoy
class CohortKindsTest {
  private static final int EACH = 10;

  /** All at once; each looks at a header, cookie, parameter, path or method of its own. */
  private static final String POLICY =
      """
      sticky: none
      cohorts:
        exact: {any: [{header: {name: x-exact, exact: gold}}]}
        folded: {any: [{header: {name: x-folded, exact: Gold, ignoreCase: true}}]}
        prefix: {any: [{header: {name: x-prefix, prefix: eu-}}]}
        suffix: {any: [{header: {name: x-suffix, suffix: -beta}}]}
        contains: {any: [{header: {name: x-contains, contains: lab}}]}
        regex: {any: [{header: {name: x-regex, regex: "[a-z]{2}-[0-9]+"}}]}
        range: {any: [{header: {name: x-range, range: {from: 4000, to: 5000}}}]}
        present: {any: [{header: {name: x-present, present: true}}]}
        listed: {any: [{header: {name: x-listed, in: [acme, globex]}}]}
        not: {any: [{header: {name: x-not, exact: gold, not: true}}]}
        not-listed: {any: [{header: {name: x-not-listed, in: [a, b], not: true}}]}
        not-range: {any: [{header: {name: x-not-range, range: {from: 1, to: 3}, not: true}}]}
        or-absent:
          all:
            - {header: {name: x-case, exact: or-absent}}
            - {header: {name: x-or-absent, exact: gold, not: true, orAbsent: true}}
        absent:
          all:
            - {header: {name: x-case, exact: absent}}
            - {header: {name: x-absent, present: true, not: true}}
        cookie-exact: {any: [{cookie: {name: c-exact, exact: gold}}]}
        cookie-prefix: {any: [{cookie: {name: c-prefix, prefix: eu-}}]}
        cookie-regex: {any: [{cookie: {name: c-regex, regex: "[0-9]+"}}]}
        cookie-present: {any: [{cookie: {name: c-present, present: true}}]}
        cookie-listed: {any: [{cookie: {name: c-listed, in: [acme, globex]}}]}
        cookie-not: {any: [{cookie: {name: c-not, exact: gold, not: true}}]}
        cookie-or-absent:
          all:
            - {header: {name: x-case, exact: cookie-or-absent}}
            - {cookie: {name: c-or-absent, exact: gold, not: true, orAbsent: true}}
        query-exact: {any: [{query: {name: preview, exact: "1"}}]}
        query-prefix: {any: [{query: {name: branch, prefix: feature-}}]}
        query-regex: {any: [{query: {name: ticket, regex: "[A-Z]+-[0-9]+"}}]}
        query-present: {any: [{query: {name: debug, present: true}}]}
        query-listed: {any: [{query: {name: shop, in: [acme, globex]}}]}
        query-absent:
          all:
            - {header: {name: x-case, exact: query-absent}}
            - {query: {name: page, present: true, not: true}}
        path-exact: {any: [{path: {exact: /special}}]}
        path-prefix: {any: [{path: {prefix: /catalogue/}}]}
        path-suffix: {any: [{path: {suffix: .pdf}}]}
        path-contains: {any: [{path: {contains: /beta/}}]}
        path-listed: {any: [{path: {in: [/one, /two]}}]}
        path-not:
          all: [{header: {name: x-case, exact: path-not}}, {path: {prefix: /old, not: true}}]
        method: {any: [{method: [POST, PUT]}]}
        source: {any: [{source: [127.0.0.64/26, "fd00::/8"]}]}
        mobile: {all: [{header: {name: x-case, exact: mobile}}, {userAgent: mobile}]}
        desktop: {all: [{header: {name: x-case, exact: desktop}}, {userAgent: desktop}]}
        bot: {all: [{header: {name: x-case, exact: bot}}, {userAgent: bot}]}
        app: {any: [{userAgent: {regex: "shop-app/[0-9.]+"}}]}
        region: {all: [{header: {name: x-case, exact: region}}, {proxy: {region: eu-west}}]}
        cluster: {all: [{header: {name: x-case, exact: cluster}}, {proxy: {cluster: b}}]}
        inner:
          all: [{header: {name: x-inner, exact: "yes"}}, {header: {name: x-other, in: [a, b]}}]
        middle: {any: [{cohort: inner}, {header: {name: x-middle, exact: "yes"}}]}
        nested: {all: [{cohort: middle}, {header: {name: x-nested, in: [c, d]}}]}
        part: {any: [{header: {name: x-part, exact: "yes"}}]}
        promised: {any: [{header: {name: x-promised, exact: "yes"}}]}
      exclude: [promised]
      steps:
        - cohorts:
            {exact: 100%, folded: 100%, prefix: 100%, suffix: 100%, contains: 100%, regex: 100%,
             range: 100%, present: 100%, listed: 100%, not: 100%, not-listed: 100%,
             not-range: 100%, or-absent: 100%, absent: 100%, cookie-exact: 100%,
             cookie-prefix: 100%, cookie-regex: 100%, cookie-present: 100%, cookie-listed: 100%,
             cookie-not: 100%, cookie-or-absent: 100%, query-exact: 100%, query-prefix: 100%,
             query-regex: 100%, query-present: 100%, query-listed: 100%, query-absent: 100%,
             path-exact: 100%, path-prefix: 100%, path-suffix: 100%, path-contains: 100%,
             path-listed: 100%, path-not: 100%, method: 100%, source: 100%, mobile: 100%,
             desktop: 100%, bot: 100%, app: 100%, region: 100%, cluster: 100%, nested: 100%,
             part: 30%}
          bake: 1h
        - {weight: 100%, bake: 1h}
      analysis: off
      """;

  private static final String PHONE =
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148";
  private static final String COMPUTER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101";
  private static final String CRAWLER =
      "Mozilla/5.0 (Linux; Android 6.0.1) Mobile (compatible; Googlebot/2.1)";

  /** A request, and the versions that may answer it at a proxy of that mesh cluster. */
  private record Sent(LoadPlan.Request request, boolean canaryAtA, boolean canaryAtB) {
    boolean isRight(Outcome outcome) {
      boolean canary = outcome.target().startsWith("a-") ? canaryAtA : canaryAtB;
      return outcome.status() == 200 && outcome.version().equals(canary ? "v2" : "v1");
    }
  }

  private final List<Sent> all = new ArrayList<>();

  @Test
  void everyKindCatchesThoseWhoAreMeantAndNobodyElse(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    headers();
    cookies();
    queriesAndPaths();
    programsAndPlaces();
    nestedOnes();
    try (TestMesh mesh = TestMesh.start(runner, folder)) {
      mesh.release(POLICY);
      mesh.awaitConverged();

      // Every request goes to each of the three proxies in turn.
      List<Outcome> outcomes =
          mesh.send(
              3 * EACH * all.size(), 2_000, n -> all.get((int) (n / 3 % all.size())).request());
      List<String> wrong =
          outcomes.stream()
              .filter(outcome -> !of(outcome).isRight(outcome))
              .map(o -> of(o) + " at " + o.target() + ": " + o.status() + " " + o.version())
              .distinct()
              .toList();
      assertThat(wrong).isEmpty();
      TestMesh.say(
          "cohort kinds: %d different requests, %d answers, %d of them from the canary"
              .formatted(
                  all.size(),
                  outcomes.size(),
                  outcomes.stream().filter(o -> o.version().equals("v2")).count()));
      assertThat(from(mesh, "127.0.0.65")).containsOnly("v2");
      assertThat(from(mesh, "127.0.0.63")).containsOnly("v1");
      aPartGetsItsShare(mesh);
    }
  }

  private Sent of(Outcome outcome) {
    return all.get((int) (outcome.number() / 3 % all.size()));
  }

  private static List<String> from(TestMesh mesh, String address) {
    ImmutableList<LoadPlan.Target> targets =
        mesh.targets().stream()
            .map(target ->
                new LoadPlan.Target(
                    target.name(), target.address(), Optional.of(InetAddresses.forString(address))))
            .collect(ImmutableList.toImmutableList());
    List<Outcome> outcomes =
        TestMesh.send(60, 1_000, targets, n -> TestMesh.request(ImmutableMap.of()));
    assertThat(outcomes).allMatch(o -> o.status() == 200);
    return outcomes.stream().map(Outcome::version).toList();
  }

  private static void aPartGetsItsShare(TestMesh mesh) {
    List<Outcome> outcomes =
        mesh.send(3_000, 3_000, n -> TestMesh.request(ImmutableMap.of("x-part", "yes")));
    assertThat(outcomes).allMatch(o -> o.status() == 200);
    double share =
        (double) outcomes.stream().filter(o -> o.version().equals("v2")).count() / outcomes.size();
    TestMesh.say("30 %% of a cohort: %.3f of %d".formatted(share, outcomes.size()));
    // Five standard deviations of a share of 3,000.
    assertThat(share).isBetween(.258, .342);
  }

  private void headers() {
    outside(ImmutableMap.of());
    header("x-exact", List.of("gold"), List.of("Gold", "gold2", "a gold", ""));
    header("x-folded", List.of("gold", "GOLD"), List.of("gold2", ""));
    header("x-prefix", List.of("eu-west", "eu-"), List.of("EU-west", "xeu-west", "eu", ""));
    header("x-suffix", List.of("1-beta", "-beta"), List.of("1-beta2", "beta", ""));
    header("x-contains", List.of("lab", "a-lab-1"), List.of("la-b", "LAB", ""));
    header("x-regex", List.of("ab-12"), List.of("ab-", "xab-12", "ab-12x", "AB-12", ""));
    header("x-range", List.of("4000", "4999"), List.of("3999", "5000", "-4500", "4500x", ""));
    header("x-present", List.of("a", ""), List.of());
    header("x-listed", List.of("acme", "globex"), List.of("Acme", "acme,globex", "acm", ""));
    // Without orAbsent the header has to be there, which the first request of all lacks.
    header("x-not", List.of("silver", ""), List.of("gold"));
    header("x-not-listed", List.of("c", "ab", ""), List.of("a", "b"));
    header("x-not-range", List.of("0", "3", "one"), List.of("1", "2"));
    guarded("or-absent", "x-or-absent", List.of("silver", ""), List.of("gold"));
    inside(ImmutableMap.of("x-case", "or-absent"));
    guarded("absent", "x-absent", List.of(), List.of("a", ""));
    inside(ImmutableMap.of("x-case", "absent"));
    outside(ImmutableMap.of("x-exact", "gold", "x-promised", "yes"));
    inside(ImmutableMap.of("x-exact", "gold", "x-promised", "no"));
  }

  private void cookies() {
    header(
        "cookie",
        List.of("c-exact=gold", "a=b; c-exact=gold; d=e", "c-exact=\"gold\""),
        List.of("c-exact=golden", "xc-exact=gold", "c-exact=", "a=c-exact=gold", "a=gold"));
    header("cookie", List.of("c-prefix=eu-west"), List.of("c-prefix=west-eu-", "c-prefix2=eu-w"));
    header("cookie", List.of("c-regex=42"), List.of("c-regex=42a", "c-regex=", "b=42"));
    header("cookie", List.of("c-present=", "a=b; c-present=1"), List.of("xc-present=1"));
    header("cookie", List.of("c-listed=acme", "c-listed=globex"), List.of("c-listed=acme2"));
    header("cookie", List.of("c-not=silver", "a=b; c-not=x"), List.of("c-not=gold", "a=b"));
    guarded(
        "cookie-or-absent",
        "cookie",
        List.of("c-or-absent=silver", "a=b"),
        List.of("c-or-absent=gold", "a=b; c-or-absent=gold"));
    inside(ImmutableMap.of("x-case", "cookie-or-absent"));
  }

  private void queriesAndPaths() {
    path(List.of("/?preview=1", "/a?b=c&preview=1"), List.of("/?preview=11", "/?xpreview=1"));
    path(List.of("/?preview=1&preview=0"), List.of("/?preview=0&preview=1", "/?preview"));
    path(List.of("/?branch=feature-7"), List.of("/?branch=main-feature-7", "/?branch="));
    path(List.of("/?ticket=SHOP-1"), List.of("/?ticket=SHOP-", "/?ticket=xSHOP-1", "/?ticket="));
    path(List.of("/?debug=1", "/?debug=", "/?debug"), List.of("/?xdebug=1", "/debug"));
    path(List.of("/?shop=acme", "/?shop=globex"), List.of("/?shop=acm", "/?shop=acme,globex"));
    path(List.of("/special", "/special?a=b"), List.of("/special/", "/special2", "/a/special"));
    path(List.of("/catalogue/", "/catalogue/1?a=b"), List.of("/catalogue", "/a/catalogue/"));
    path(List.of("/a.pdf", "/a.pdf?b=c"), List.of("/a.pdf/b", "/a?b=.pdf", "/apdf"));
    path(List.of("/a/beta/b", "/beta/?c=d"), List.of("/a/beta", "/a?b=/beta/"));
    path(List.of("/one", "/two?a=b"), List.of("/three", "/one/two", "/?one"));
    ImmutableMap<String, String> notOld = ImmutableMap.of("x-case", "path-not");
    sent("GET", "/new", notOld, true, true);
    sent("GET", "/old/1", notOld, false, false);
    ImmutableMap<String, String> noPage = ImmutableMap.of("x-case", "query-absent");
    sent("GET", "/?a=b", noPage, true, true);
    sent("GET", "/?page=2", noPage, false, false);
    sent("GET", "/?page", noPage, false, false);
    sent("POST", "/", ImmutableMap.of(), true, true);
    sent("PUT", "/", ImmutableMap.of(), true, true);
    sent("DELETE", "/", ImmutableMap.of(), false, false);
  }

  private void programsAndPlaces() {
    guarded("mobile", "user-agent", List.of(PHONE), List.of(COMPUTER, CRAWLER, "shop/1"));
    guarded("desktop", "user-agent", List.of(COMPUTER), List.of(PHONE, CRAWLER, ""));
    guarded("bot", "user-agent", List.of(CRAWLER, "curl/8.9.1"), List.of(PHONE, COMPUTER));
    for (String program : List.of("mobile", "desktop", "bot")) {
      outside(ImmutableMap.of("x-case", program));
    }
    header("user-agent", List.of("shop-app/1.2"), List.of("shop-app/", "my shop-app/1.2"));
    sent("GET", "/", ImmutableMap.of("x-case", "region"), true, false);
    sent("GET", "/", ImmutableMap.of("x-case", "cluster"), false, true);
  }

  private void nestedOnes() {
    inside(ImmutableMap.of("x-inner", "yes", "x-other", "a", "x-nested", "d"));
    inside(ImmutableMap.of("x-inner", "yes", "x-other", "b", "x-nested", "c"));
    inside(ImmutableMap.of("x-middle", "yes", "x-nested", "c"));
    outside(ImmutableMap.of("x-inner", "yes", "x-other", "c", "x-nested", "c"));
    outside(ImmutableMap.of("x-inner", "yes", "x-nested", "c"));
    outside(ImmutableMap.of("x-inner", "yes", "x-other", "a"));
    outside(ImmutableMap.of("x-middle", "yes", "x-nested", "a"));
    outside(ImmutableMap.of("x-nested", "c"));
  }

  private void header(String name, List<String> in, List<String> out) {
    in.forEach(value -> inside(ImmutableMap.of(name, value)));
    out.forEach(value -> outside(ImmutableMap.of(name, value)));
  }

  /** For conditions that hold of most requests. */
  private void guarded(String guard, String name, List<String> in, List<String> out) {
    in.forEach(value -> inside(ImmutableMap.of("x-case", guard, name, value)));
    out.forEach(value -> outside(ImmutableMap.of("x-case", guard, name, value)));
  }

  private void path(List<String> in, List<String> out) {
    in.forEach(path -> sent("GET", path, ImmutableMap.of(), true, true));
    out.forEach(path -> sent("GET", path, ImmutableMap.of(), false, false));
  }

  private void inside(ImmutableMap<String, String> headers) {
    sent("GET", "/", headers, true, true);
  }

  private void outside(ImmutableMap<String, String> headers) {
    sent("GET", "/", headers, false, false);
  }

  private void sent(
      String method,
      String path,
      ImmutableMap<String, String> headers,
      boolean canaryAtA,
      boolean canaryAtB) {
    all.add(
        new Sent(new LoadPlan.Request(method, "checkout", path, headers), canaryAtA, canaryAtB));
  }
}

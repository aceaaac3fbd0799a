package dev.serin.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;
import dev.serin.text.Problem.Code;
import dev.serin.text.Problem.Severity;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ReferencesTest {

  private static final String SERVICE =
      """
      apiVersion: serin.dev/v1
      kind: MeshService
      metadata: {name: %s}
      spec:
        initialStable: v1
        versions: {v1: {dns: "a:1"}, v2: {dns: "a:2"}}
        hosts: [%s]
        port: 80
      ---
      """;
  private static final String ROLLOUT =
      """
      apiVersion: serin.dev/v1
      kind: Rollout
      metadata: {name: r}
      spec: {service: cart, to: %s, policy: %s}
      """;

  private record Known(List<MeshService> services, ImmutableList<String> policies)
      implements Catalog {
    @Override
    public boolean hasPolicy(ResourceName name) {
      return policies.contains(name.toString());
    }

    @Override
    public boolean hasChannel(ResourceName name) {
      return false;
    }
  }

  private static List<Parsed> read(String text) {
    Reading reading = ResourceReader.read("f.yaml", text);
    assertThat(reading.problems()).noneMatch(Problem::isError);
    return reading.resources();
  }

  private static Known known(String text, String... policies) {
    return new Known(
        read(text).stream().map(p -> ((Parsed.Service) p).service()).toList(),
        ImmutableList.copyOf(policies));
  }

  @Test
  void lintWarnsOfWhatItCannotSeeAndApplyRefusesIt() {
    List<Parsed> rollout = read(ROLLOUT.formatted("v2", "slow"));
    assertThat(References.check(rollout, Catalog.EMPTY, References.Mode.LINT))
        .extracting(Problem::path, Problem::line, Problem::severity)
        .containsExactly(
            tuple("spec.service", 4, Severity.WARNING), tuple("spec.policy", 4, Severity.WARNING));
    assertThat(References.check(rollout, Catalog.EMPTY, References.Mode.APPLY))
        .extracting(Problem::code, Problem::severity)
        .containsOnly(tuple(Code.UNKNOWN_REFERENCE, Severity.ERROR));
  }

  @Test
  void whatIsKnownOrInHandSatisfies() {
    List<Parsed> rollout = read(ROLLOUT.formatted("v2", "slow"));
    Known known = known(SERVICE.formatted("cart", "cart"), "default/slow");
    assertThat(References.check(rollout, known, References.Mode.APPLY)).isEmpty();
    List<Parsed> both =
        read(SERVICE.formatted("cart", "cart") + ROLLOUT.formatted("v2", "default"));
    assertThat(References.check(both, Catalog.EMPTY, References.Mode.APPLY)).isEmpty();
  }

  @Test
  void versionThatTheServiceLacksIsAnErrorEverywhere() {
    List<Parsed> both =
        read(SERVICE.formatted("cart", "cart") + ROLLOUT.formatted("v9", "default"));
    assertThat(References.check(both, Catalog.EMPTY, References.Mode.LINT))
        .extracting(Problem::toString)
        .containsExactly(
            "f.yaml:13: error UNKNOWN_REFERENCE at spec.to: v9 (expected: one of the versions of"
                + " default/cart: v1, v2)");
  }

  @Test
  void twoServicesWithTheSameHostAndPortCollide() {
    List<Parsed> two = read(SERVICE.formatted("cart", "a, b") + SERVICE.formatted("pay", "b, c"));
    assertThat(References.check(two, Catalog.EMPTY, References.Mode.LINT))
        .extracting(Problem::path, Problem::line)
        .containsExactly(tuple("spec.hosts[0]", 7 + 9));
  }

  @Test
  void serviceInHandReplacesTheOneThatIsThere() {
    Known known = known(SERVICE.formatted("cart", "a"));
    assertThat(References.check(read(SERVICE.formatted("cart", "a")), known, References.Mode.APPLY))
        .isEmpty();
    assertThat(References.check(read(SERVICE.formatted("pay", "a")), known, References.Mode.APPLY))
        .extracting(Problem::code)
        .containsExactly(Code.CONFLICT);
  }

  /** A service that stands in the same file with a mistake is not somewhere else. */
  @Test
  void lintDoesNotMissWhatIsThereWithProblemsOfItsOwn() {
    Reading reading =
        ResourceReader.read(
            "f.yaml",
            SERVICE.formatted("cart", "cart").replace("port: 80", "port: 80\n  bogus: 1")
                + ROLLOUT.formatted("v2", "default"));
    assertThat(reading.problems()).extracting(Problem::code).containsExactly(Code.UNKNOWN_KEY);
    assertThat(References.lint(reading)).isEmpty();
  }
}

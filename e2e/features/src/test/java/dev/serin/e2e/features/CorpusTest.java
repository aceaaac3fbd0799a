package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.mesh.ServiceState;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.RouteView;
import dev.serin.mesh.overlay.RouteView.Target;
import dev.serin.mesh.tree.BasePlanner;
import dev.serin.mesh.tree.EnvoyDocument;
import dev.serin.mesh.tree.EnvoyDocuments;
import dev.serin.mesh.tree.EnvoyResource;
import dev.serin.mesh.tree.PlannedBase;
import dev.serin.mesh.tree.TreeRoutes;
import dev.serin.mesh.tree.YamlText;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Cohort;
import dev.serin.policy.MeshService;
import dev.serin.policy.MeshService.Backend;
import dev.serin.policy.ResourceName;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The overlay on configurations that other control planes wrote. */
class CorpusTest {
  private static final Capabilities CURRENT =
      new Capabilities(true, Capabilities.Cookies.NATIVE, "");

  @Test
  void everyCaseIsReadAndPrintedAsItWas() throws IOException {
    int resources = 0;
    Map<String, List<Path>> cases = Corpus.cases();
    for (Map.Entry<String, List<Path>> one : cases.entrySet()) {
      EnvoyDocuments base = EnvoyDocuments.readFiles(one.getValue());
      assertThat(base.problems()).as(one.getKey()).isEmpty();
      StringWriter text = new StringWriter();
      YamlText.write(base.documents().stream().map(EnvoyDocument::tree).toList(), text);
      EnvoyDocuments again = EnvoyDocuments.parse("again.yaml", text.toString());
      assertThat(again.problems()).as(one.getKey()).isEmpty();
      assertThat(trees(again)).as(one.getKey()).isEqualTo(trees(base));
      resources += base.resources().size();
    }
    TestMesh.say(
        "corpus: %d cases with %d resources are read and printed as they were"
            .formatted(cases.size(), resources));
  }

  @Test
  void aPlanThatNoRouteConcernsChangesNothing() throws IOException {
    for (Map.Entry<String, List<Path>> one : Corpus.cases().entrySet()) {
      EnvoyDocuments base = EnvoyDocuments.readFiles(one.getValue());
      PlannedBase planned = plan(base, List.of("no-cluster-of-theirs"), false);
      assertThat(planned.added()).as(one.getKey()).isEmpty();
      assertThat(planned.documents()).as(one.getKey()).isEqualTo(trees(base));
      for (int i = 0; i < planned.edited().size(); i++) {
        assertThat(planned.edited().get(i)).isSameAs(base.resources().get(i).tree());
      }
    }
  }

  @Test
  void aPlanOnAClusterChangesExactlyItsRoutesAndNothingElseOfThem() throws IOException {
    int plans = 0;
    int changed = 0;
    int refused = 0;
    for (Map.Entry<String, List<Path>> one : Corpus.cases().entrySet()) {
      EnvoyDocuments base = EnvoyDocuments.readFiles(one.getValue());
      PlannedBase before = plan(base, List.of(), false);
      for (String cluster : namedClusters(base)) {
        String what = one.getKey() + ": " + cluster;
        PlannedBase after = plan(base, List.of(cluster), false);
        plans++;
        if (!after.refusals().isEmpty()) {
          refused++;
          assertThat(after.documents()).as(what).isEqualTo(trees(base));
          continue;
        }
        long leading = routesTo(base, cluster);
        assertThat(after.since(before).changedRoutes()).as(what).isEqualTo((int) leading);
        changed += (int) leading;
        for (int i = 0; i < after.edited().size(); i++) {
          JsonNode old = base.resources().get(i).tree().deepCopy();
          JsonNode now = after.edited().get(i).deepCopy();
          stripDestinations(old, Set.of(cluster));
          stripDestinations(now, Set.of(cluster, "s-0|v2"));
          assertThat(now).as(what).isEqualTo(old);
        }
      }
    }
    TestMesh.say(
        "corpus: %d plans on a named cluster, %d routes changed, %d plans refused"
            .formatted(plans, changed, refused));
    assertThat(plans).isGreaterThan(100);
    assertThat(refused).isZero();
  }

  @Test
  @RequireEnvoy
  void envoyTakesTheResultWhereItTakesTheOriginal(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    assumeTrue(
        runner instanceof EnvoyRunner.Local, "files are validated by an Envoy on this machine");
    Path envoy = ((EnvoyRunner.Local) runner).binary();
    int cases = 0;
    int taken = 0;
    int planned = 0;
    List<String> broken = new ArrayList<>();
    for (Map.Entry<String, List<Path>> one : Corpus.cases().entrySet()) {
      EnvoyDocuments base = EnvoyDocuments.readFiles(one.getValue());
      List<EnvoyResource> resources = base.resources();
      cases++;
      PlannedBase after = plan(base, List.copyOf(namedClusters(base)), true);
      if (after.documents().equals(trees(base))) {
        continue;
      }
      planned++;
      List<ObjectNode> trees = new ArrayList<>(after.edited());
      after.added().forEach(added -> trees.add(added.tree()));
      Path file = folder.resolve("bootstrap.json");
      String original =
          validate(
              envoy,
              file,
              Corpus.bootstrap(resources, resources.stream().map(EnvoyResource::tree).toList()));
      if (original.isEmpty()) {
        taken++;
        String said = validate(envoy, file, Corpus.bootstrap(resources, trees));
        if (!said.isEmpty()) {
          broken.add(one.getKey() + ": " + said);
        }
      }
    }
    TestMesh.say(
        "corpus: of %d cases %d are changed by a plan; Envoy takes %d of those as they came, and %d"
                .formatted(cases, planned, taken, taken - broken.size())
            + " after the overlay");
    assertThat(broken).isEmpty();
    assertThat(taken).isGreaterThan(40);
  }

  /** What Envoy says against a bootstrap; empty when it takes it. */
  private static String validate(Path envoy, Path file, String bootstrap) throws Exception {
    Files.writeString(file, bootstrap);
    Process process =
        new ProcessBuilder(
                envoy.toString(), "--mode", "validate", "-l", "error", "-c", file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() == 0 ? "" : said;
  }

  private static List<JsonNode> trees(EnvoyDocuments documents) {
    return documents.documents().stream().map(EnvoyDocument::tree).toList();
  }

  /** A split of five percent of each of these clusters, with a cohort if asked. */
  private static PlannedBase plan(EnvoyDocuments base, List<String> clusters, boolean cohort) {
    List<ServiceState> services = new ArrayList<>();
    List<TrafficPlan> plans = new ArrayList<>();
    for (String cluster : clusters) {
      ResourceName name = ResourceName.parse("s-" + services.size());
      services.add(
          new ServiceState(
              new MeshService(
                  name,
                  ImmutableSortedMap.of(),
                  "v1",
                  MeshService.Protocol.HTTP,
                  ImmutableSortedMap.of(
                      "v1",
                      new Backend.EnvoyCluster(cluster),
                      "v2",
                      new Backend.Endpoints(
                          ImmutableList.of(new MeshService.Endpoint("127.0.0.1", 9002)))),
                  ImmutableList.of(),
                  0,
                  MeshService.Upstream.DEFAULT),
              "v1"));
      Cohort staff =
          new Cohort(
              "staff",
              Cohort.Combine.ANY,
              ImmutableList.of(
                  new Cohort.Condition.Cookie("beta", new Cohort.TextMatch.Present()),
                  new Cohort.Condition.Header("x-role", new Cohort.TextMatch.Exact("staff"))));
      plans.add(
          new TrafficPlan(
              name,
              name,
              "v1",
              "v2",
              50_000,
              cohort ? ImmutableSortedMap.of("staff", 500_000) : ImmutableSortedMap.of(),
              cohort ? ImmutableSortedMap.of("staff", staff) : ImmutableSortedMap.of(),
              ImmutableList.of(),
              "salt",
              1));
    }
    return new BasePlanner(base).plan(services, plans, CURRENT);
  }

  /** The clusters that the routes of RouteConfigurations name. */
  private static Set<String> namedClusters(EnvoyDocuments base) {
    Set<String> named = new TreeSet<>();
    views(base).forEach(view -> named.addAll(clustersOf(view)));
    named.remove("");
    return named;
  }

  private static long routesTo(EnvoyDocuments base, String cluster) {
    return views(base).stream().filter(view -> clustersOf(view).contains(cluster)).count();
  }

  private static List<RouteView> views(EnvoyDocuments base) {
    return base.resources().stream()
        .filter(resource -> resource.typeUrl().equals(TypeUrls.ROUTES))
        .flatMap(resource -> TreeRoutes.FORM.views(resource.tree()).stream())
        .toList();
  }

  private static List<String> clustersOf(RouteView view) {
    return switch (view.target()) {
      case Target.One(String cluster) -> List.of(cluster);
      case Target.Divided(ImmutableList<String> clusters, String number) -> clusters;
      case Target.FromHeader header -> List.of();
      case Target.Other other -> List.of();
    };
  }

  /** Takes away where routes lead that lead to these; of a division the others stay. */
  private static void stripDestinations(JsonNode node, Set<String> clusters) {
    if (node instanceof ObjectNode fields) {
      if (clusters.contains(fields.path("cluster").asText())) {
        fields.remove("cluster");
        fields.put("led", true);
      }
      for (String key : List.of("weighted_clusters", "weightedClusters")) {
        List<JsonNode> others = new ArrayList<>();
        for (JsonNode entry : fields.path(key).path("clusters")) {
          if (!clusters.contains(entry.path("name").asText())) {
            others.add(((ObjectNode) entry).without("weight"));
          }
        }
        if (others.size() < fields.path(key).path("clusters").size()) {
          if (others.isEmpty()) {
            fields.remove(key);
          } else {
            ((ObjectNode) fields.path(key)).putArray("clusters").addAll(others);
          }
          fields.put("led", true);
        }
      }
    }
    node.forEach(child -> stripDestinations(child, clusters));
  }
}

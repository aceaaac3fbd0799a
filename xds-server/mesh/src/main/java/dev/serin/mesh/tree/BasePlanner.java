package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.serin.mesh.Resource;
import dev.serin.mesh.ServiceClusters;
import dev.serin.mesh.ServiceState;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.overlay.AddedCluster;
import dev.serin.mesh.overlay.Baseline;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.ClusterNames;
import dev.serin.mesh.overlay.Overlay;
import dev.serin.mesh.overlay.Refusal;
import dev.serin.mesh.overlay.ServiceRouting;
import dev.serin.mesh.overlay.Split;
import dev.serin.mesh.tree.PlannedBase.Added;
import dev.serin.mesh.tree.PlannedBase.Becomes;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.MeshService;
import dev.serin.policy.MeshService.Backend;
import dev.serin.policy.ResourceName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Lays plans over a base of trees, and adds the clusters that the new routes need. */
public final class BasePlanner {
  private final EnvoyDocuments base;
  private final ImmutableList<EnvoyResource> resources;
  private final Map<String, EnvoyResource> clusters = new HashMap<>();
  private final ListenerFilters filters;

  /** Of a base without problems. */
  public BasePlanner(EnvoyDocuments base) {
    this.base = base;
    this.resources = base.resources();
    this.filters = new ListenerFilters(resources);
    for (EnvoyResource resource : resources) {
      if (resource.typeUrl().equals(TypeUrls.CLUSTER)) {
        clusters.putIfAbsent(resource.name(), resource);
      }
    }
  }

  /**
   * The base with these plans in force.
   *
   * @param plans at most one a service, each of one of the services
   */
  public PlannedBase plan(
      Collection<ServiceState> services, Collection<TrafficPlan> plans, Capabilities capabilities) {
    ImmutableList.Builder<Refusal> refusals = ImmutableList.builder();
    Map<ResourceName, TrafficPlan> byService = new TreeMap<>();
    plans.forEach(plan -> byService.put(plan.service(), plan));
    List<ServiceRouting> routings = new ArrayList<>();
    for (ServiceState state : services) {
      Optional<TrafficPlan> plan = Optional.ofNullable(byService.get(state.service().name()));
      List<String> wrong = plan.map(state::problems).orElse(ImmutableList.of());
      wrong.forEach(reason -> refusals.add(new Refusal(state.service().name(), reason)));
      if (state.isDetached()) {
        continue;
      }
      routings.add(
          ServiceRouting.of(
              state.service(),
              state.stable(),
              wrong.isEmpty() ? plan : Optional.empty(),
              state.stamps(plans)));
    }
    Becomes becomes = new Becomes();
    TreeRoutes form = new TreeRoutes(becomes::replaced);
    Set<Refusal> ofTables = new LinkedHashSet<>();
    List<ObjectNode> edited = new ArrayList<>();
    Set<String> named = new TreeSet<>();
    for (EnvoyResource resource : resources) {
      ObjectNode tree =
          RouteTables.edit(
              resource,
              table -> {
                Overlay.Result<ObjectNode> result =
                    Overlay.apply(form, table, routings, capabilities, filters.of(table));
                ofTables.addAll(result.refusals());
                return result.routes();
              });
      if (!tree.equals(resource.tree())) {
        clustersNamed(tree, named);
        edited.add(tree);
      } else {
        edited.add(resource.tree());
      }
    }
    named.removeAll(clusters.keySet());
    return new PlannedBase(
        base,
        ImmutableList.copyOf(edited),
        additions(services, plans, named),
        becomes,
        refusals.addAll(ofTables).build());
  }

  /** The clusters that the new routes name, and those behind them that these are made of. */
  private ImmutableList<Added> additions(
      Collection<ServiceState> services, Collection<TrafficPlan> plans, Set<String> named) {
    ImmutableList.Builder<Added> added = ImmutableList.builder();
    ImmutableList.Builder<Added> endpoints = ImmutableList.builder();
    for (ServiceState state : services) {
      MeshService service = state.service();
      Set<String> wanted = new TreeSet<>(named);
      List<AddedCluster> special = new ArrayList<>();
      Optional<Split> split =
          plans.stream()
              .filter(plan -> plan.service().equals(service.name()))
              .filter(plan -> state.problems(plan).isEmpty())
              .map(plan -> Split.of(service, plan))
              .findFirst();
      special.addAll(ServiceRouting.added(service, state.stamps(plans)));
      split.ifPresent(of -> special.addAll(of.added()));
      for (AddedCluster cluster : special) {
        if (cluster instanceof AddedCluster.Fallback fallback && named.contains(fallback.name())) {
          added.add(
              new Added(
                  "Cluster",
                  fallback.name(),
                  ClusterTrees.of(ServiceClusters.fallback(fallback), style(), isTyped())));
          wanted.add(fallback.first());
          wanted.add(fallback.then());
        }
      }
      for (AddedCluster cluster : special) {
        if (cluster instanceof AddedCluster.Copy copy && wanted.contains(copy.name())) {
          Backend backend = Objects.requireNonNull(service.versions().get(copy.version()));
          version(service, backend, copy.name(), added, endpoints);
        } else if (cluster instanceof AddedCluster.Part part && wanted.contains(part.name())) {
          published(
              service, new Backend.Endpoints(part.endpoints()), part.name(), added, endpoints);
        }
      }
      Optional<Baseline> baseline = split.flatMap(Split::baseline);
      service
          .versions()
          .forEach((version, backend) -> {
            String own = ClusterNames.splitCluster(service, version);
            if (wanted.contains(own) && !clusters.containsKey(own)) {
              version(
                  service,
                  baseline.map(part -> part.backend(service, version)).orElse(backend),
                  own,
                  added,
                  endpoints);
            }
          });
    }
    return added.addAll(endpoints.build()).build();
  }

  /** A cluster of the base that is to be copied and is not there has been warned of. */
  private void version(
      MeshService service,
      Backend backend,
      String name,
      ImmutableList.Builder<Added> added,
      ImmutableList.Builder<Added> endpoints) {
    switch (backend) {
      case Backend.EnvoyCluster(String original) ->
          Optional.ofNullable(clusters.get(original))
              .map(cluster -> ClusterTrees.copy(cluster, name))
              .ifPresent(tree -> added.add(new Added("Cluster", name, tree)));
      case Backend.Endpoints fixed -> published(service, fixed, name, added, endpoints);
      case Backend.Dns dns -> published(service, dns, name, added, endpoints);
    }
  }

  private void published(
      MeshService service,
      Backend backend,
      String name,
      ImmutableList.Builder<Added> added,
      ImmutableList.Builder<Added> endpoints) {
    for (Resource resource : ServiceClusters.render(service, backend, name)) {
      ObjectNode tree = ClusterTrees.of(resource, style(), isTyped());
      if (resource.typeUrl().equals(TypeUrls.CLUSTER)) {
        added.add(new Added("Cluster", name, tree));
      } else {
        endpoints.add(new Added("ClusterLoadAssignment", name, tree));
      }
    }
  }

  /** As most of the base is written. */
  private KeyStyle style() {
    long camel = resources.stream().filter(r -> r.style() == KeyStyle.CAMEL).count();
    return camel * 2 > resources.size() ? KeyStyle.CAMEL : KeyStyle.SNAKE;
  }

  /** Whether resources of the base say what they are. */
  private boolean isTyped() {
    return resources.stream().anyMatch(resource -> resource.tree().has("@type"));
  }

  private static void clustersNamed(JsonNode node, Set<String> named) {
    if (node instanceof ObjectNode fields) {
      for (ObjectNode entry : TreeFields.maps(fields, "clusters")) {
        named.add(TreeFields.text(entry, "name"));
      }
      named.add(TreeFields.text(fields, "cluster"));
    }
    node.forEach(child -> clustersNamed(child, named));
  }

  /** What a reader has to know about a base, whatever the step. */
  public ImmutableList<String> warnings(Collection<ServiceState> services) {
    ImmutableList.Builder<String> warnings = ImmutableList.builder();
    for (ServiceState state : services) {
      MeshService service = state.service();
      service
          .versions()
          .forEach((version, backend) -> {
            if (backend instanceof Backend.EnvoyCluster(String name)
                && !clusters.containsKey(name)) {
              warnings.add(
                  service.name()
                      + ": version "
                      + version
                      + ": Envoy cluster "
                      + name
                      + " (expected: one that the base has)");
            }
          });
      ServiceRouting routing =
          ServiceRouting.of(service, state.stable(), Optional.empty(), ImmutableList.of());
      boolean found =
          resources.stream()
              .flatMap(resource -> RouteTables.of(resource).stream())
              .flatMap(table -> TreeRoutes.FORM.views(table).stream())
              .anyMatch(view -> Overlay.concerns(routing, view));
      if (!found) {
        warnings.add(
            service.name()
                + ": no route of the base leads to it (expected: one to "
                + String.join(" or ", routing.anchors())
                + ")");
      }
    }
    for (EnvoyResource resource : resources) {
      for (ObjectNode table : RouteTables.of(resource)) {
        Overlay.unreadable(TreeRoutes.FORM, table)
            .forEach(reason -> warnings.add(resource.problem(reason).toString()));
      }
    }
    return warnings.build();
  }
}

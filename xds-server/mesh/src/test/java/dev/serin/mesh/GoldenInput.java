package dev.serin.mesh;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.Condition;
import dev.serin.policy.Cohort.TextMatch;
import dev.serin.policy.MeshService;
import dev.serin.policy.MeshService.Backend;
import dev.serin.policy.MeshService.Endpoint;
import dev.serin.policy.ResourceName;
import dev.serin.policy.StickySource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads the {@code input.json} of a golden case: {@code {services, plans, proxies}}. What is absent
 * has its default.
 */
record GoldenInput(
    ImmutableList<ServiceState> services,
    ImmutableList<TrafficPlan> plans,
    ImmutableSortedMap<String, ProxyGroup> proxies) {

  static GoldenInput parse(String json) {
    JsonObject input = JsonParser.parseString(json).getAsJsonObject();
    return new GoldenInput(
        list(input, "services", e -> service(e.getAsJsonObject())),
        list(input, "plans", e -> plan(e.getAsJsonObject())),
        ImmutableSortedMap.copyOf(map(input, "proxies", (name, e) -> proxy(e.getAsJsonObject()))));
  }

  private static ServiceState service(JsonObject json) {
    String stable = text(json, "stable", "v1");
    MeshService.Upstream standard = MeshService.Upstream.DEFAULT;
    return new ServiceState(
        new MeshService(
            ResourceName.parse(text(json, "name", "")),
            ImmutableSortedMap.of(),
            stable,
            MeshService.Protocol.valueOf(text(json, "protocol", "HTTP")),
            map(json, "versions", (name, e) -> backend(e.getAsJsonObject())),
            list(json, "hosts", JsonElement::getAsString),
            Integer.parseInt(text(json, "port", "0")),
            new MeshService.Upstream(
                Duration.parse(text(json, "timeout", standard.timeout().toString())),
                Duration.parse(text(json, "idleTimeout", standard.idleTimeout().toString())),
                Optional.of(text(json, "healthCheck", "")).filter(path -> !path.isEmpty()))),
        stable);
  }

  private static Backend backend(JsonObject json) {
    if (json.has("envoyCluster")) {
      return new Backend.EnvoyCluster(text(json, "envoyCluster", ""));
    }
    return json.has("dns")
        ? new Backend.Dns(endpoint(text(json, "dns", "")))
        : new Backend.Endpoints(list(json, "endpoints", e -> endpoint(e.getAsString())));
  }

  private static Endpoint endpoint(String text) {
    int colon = text.lastIndexOf(':');
    String host = text.substring(0, colon).replace("[", "").replace("]", "");
    return new Endpoint(host, Integer.parseInt(text.substring(colon + 1)));
  }

  private static TrafficPlan plan(JsonObject json) {
    ResourceName service = ResourceName.parse(text(json, "service", ""));
    return new TrafficPlan(
        ResourceName.parse("rollout"),
        service,
        text(json, "stable", "v1"),
        text(json, "canary", "v2"),
        Integer.parseInt(text(json, "weightPpm", "0")),
        map(json, "cohortPpm", (name, e) -> e.getAsInt()),
        map(json, "cohorts", (name, e) -> cohort(name, e.getAsJsonObject())),
        list(json, "sticky", e -> sticky(e.getAsString())),
        "salt-" + service,
        1);
  }

  private static StickySource sticky(String text) {
    List<String> parts = Splitter.on(' ').splitToList(text);
    return switch (parts.get(0)) {
      case "header" -> new StickySource.Header(parts.get(1));
      case "cookie" -> new StickySource.Cookie(parts.get(1));
      case "sourceIp" -> new StickySource.SourceIp();
      default -> throw new IllegalArgumentException(text);
    };
  }

  private static Cohort cohort(String name, JsonObject json) {
    boolean any = json.has("any");
    return new Cohort(
        name,
        any ? Cohort.Combine.ANY : Cohort.Combine.ALL,
        list(json, any ? "any" : "all", e -> condition(e.getAsJsonObject())));
  }

  private static Condition condition(JsonObject json) {
    if (json.has("region")) {
      return new Condition.ProxyRegion(text(json, "region", ""));
    }
    return json.has("header")
        ? new Condition.Header(text(json, "header", ""), match(json))
        : new Condition.Cookie(text(json, "cookie", ""), match(json));
  }

  private static TextMatch match(JsonObject json) {
    if (json.has("exact")) {
      return new TextMatch.Exact(text(json, "exact", ""));
    }
    if (json.has("prefix")) {
      return new TextMatch.Prefix(text(json, "prefix", ""));
    }
    if (json.has("suffix")) {
      return new TextMatch.Suffix(text(json, "suffix", ""));
    }
    if (json.has("contains")) {
      return new TextMatch.Contains(text(json, "contains", ""));
    }
    return json.has("in")
        ? new TextMatch.In(list(json, "in", JsonElement::getAsString))
        : new TextMatch.Present();
  }

  private static ProxyGroup proxy(JsonObject json) {
    List<String> version = Splitter.on('.').splitToList(text(json, "version", "1.40"));
    return new ProxyGroup(
        "default",
        text(json, "region", ""),
        ProxyGroup.Client.valueOf(text(json, "client", "ENVOY")),
        Integer.parseInt(version.get(0)),
        Integer.parseInt(version.get(1)),
        text(json, "bind", "127.0.0.1"));
  }

  private static String text(JsonObject json, String key, String standard) {
    return json.has(key) ? json.get(key).getAsString() : standard;
  }

  private static <T> ImmutableList<T> list(
      JsonObject json, String key, Function<JsonElement, T> read) {
    JsonArray array = json.has(key) ? json.getAsJsonArray(key) : new JsonArray();
    return com.google.common.collect.Streams.stream(array)
        .map(read)
        .collect(ImmutableList.toImmutableList());
  }

  private static <T> ImmutableSortedMap<String, T> map(
      JsonObject json, String key, java.util.function.BiFunction<String, JsonElement, T> read) {
    ImmutableSortedMap.Builder<String, T> map = ImmutableSortedMap.naturalOrder();
    if (json.has(key)) {
      json.getAsJsonObject(key)
          .entrySet()
          .forEach(e -> map.put(e.getKey(), read.apply(e.getKey(), e.getValue())));
    }
    return map.build();
  }
}

package dev.serin.mesh;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.serin.plan.Terms;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.Condition;
import dev.serin.policy.Cohort.TextMatch;
import dev.serin.policy.Conduct;
import dev.serin.policy.Fault;
import dev.serin.policy.MeshService;
import dev.serin.policy.MeshService.Backend;
import dev.serin.policy.MeshService.Endpoint;
import dev.serin.policy.Mirror;
import dev.serin.policy.RateLimit;
import dev.serin.policy.ResourceName;
import dev.serin.policy.StickySource;
import dev.serin.policy.Treatment;
import dev.serin.policy.Variants;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
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
        1,
        new Terms(
            new Variants(map(json, "variants", (name, e) -> e.getAsInt())),
            ImmutableSortedSet.copyOf(list(json, "exclude", JsonElement::getAsString)),
            treatment(json)),
        new Conduct(
            json.has("retryAtStable"),
            ImmutableSortedSet.copyOf(list(json, "follow", JsonElement::getAsString)),
            Conduct.Streams.KEEP,
            ImmutableSortedSet.copyOf(list(json, "exclude", JsonElement::getAsString)),
            OptionalInt.empty()));
  }

  private static Treatment treatment(JsonObject json) {
    Optional<Mirror> mirror = Optional.empty();
    if (json.has("mirrorPpm")) {
      ImmutableList<String> methods = list(json, "mirrorMethods", JsonElement::getAsString);
      mirror =
          Optional.of(
              new Mirror(
                  json.get("mirrorPpm").getAsInt(),
                  methods.isEmpty() ? Mirror.SAFE : ImmutableSortedSet.copyOf(methods),
                  true,
                  list(json, "mirrorTo", JsonElement::getAsString)));
    }
    Optional<Fault.Delay> delay =
        json.has("delayMillis")
            ? Optional.of(
                new Fault.Delay(Duration.ofMillis(json.get("delayMillis").getAsLong()), 50_000))
            : Optional.empty();
    Optional<Fault.Abort> abort =
        json.has("abort")
            ? Optional.of(new Fault.Abort(json.get("abort").getAsInt(), 10_000))
            : Optional.empty();
    return new Treatment(
        mirror,
        delay.isPresent() || abort.isPresent()
            ? Optional.of(new Fault(delay, abort))
            : Optional.empty(),
        json.has("rateLimit")
            ? Optional.of(
                new RateLimit(
                    json.get("rateLimit").getAsInt(), 2 * json.get("rateLimit").getAsInt()))
            : Optional.empty());
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
    String kind = json.keySet().iterator().next();
    return switch (kind) {
      case "region" -> new Condition.ProxyRegion(text(json, kind, ""));
      case "meshCluster" -> new Condition.MeshCluster(text(json, kind, ""));
      case "header" -> new Condition.Header(text(json, kind, ""), match(json));
      case "cookie" -> new Condition.Cookie(text(json, kind, ""), match(json));
      case "query" -> new Condition.Query(text(json, kind, ""), match(json));
      case "path" -> new Condition.Path(match(json.getAsJsonObject(kind)));
      case "method" ->
          new Condition.Method(
              ImmutableSortedSet.copyOf(list(json, kind, JsonElement::getAsString)));
      case "claim" ->
          new Condition.Claim(
              "jwt_payload",
              list(json, kind, JsonElement::getAsString),
              json.has("anyElement"),
              match(json));
      case "source" -> new Condition.Source(list(json, kind, JsonElement::getAsString));
      case "userAgent" -> new Condition.UserAgent(Cohort.Agent.valueOf(text(json, kind, "")));
      case "caller" -> new Condition.Caller(list(json, kind, JsonElement::getAsString));
      case "cohort" -> new Condition.Named(text(json, kind, ""));
      default -> throw new IllegalArgumentException(json.toString());
    };
  }

  private static TextMatch match(JsonObject json) {
    TextMatch match = plain(json);
    match = json.has("ignoreCase") ? new TextMatch.IgnoreCase(match) : match;
    return json.has("not") ? new TextMatch.Not(match, json.has("orAbsent")) : match;
  }

  private static TextMatch plain(JsonObject json) {
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
    if (json.has("regex")) {
      return new TextMatch.Regex(text(json, "regex", ""));
    }
    if (json.has("range")) {
      ImmutableList<Long> range = list(json, "range", JsonElement::getAsLong);
      return new TextMatch.Range(range.get(0), range.get(1));
    }
    return json.has("in")
        ? new TextMatch.In(list(json, "in", JsonElement::getAsString))
        : new TextMatch.Present();
  }

  private static ProxyGroup proxy(JsonObject json) {
    List<String> version = Splitter.on('.').splitToList(text(json, "version", "1.40"));
    return new ProxyGroup(
        text(json, "cluster", "default"),
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

package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.Condition;
import dev.serin.policy.Fault;
import dev.serin.policy.Mirror;
import dev.serin.policy.Ppm;
import dev.serin.policy.RateLimit;
import dev.serin.policy.Treatment;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy.RetryPriority;
import io.envoyproxy.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
import io.envoyproxy.envoy.extensions.filters.common.fault.v3.FaultDelay;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.FaultAbort;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit;
import io.envoyproxy.envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import io.envoyproxy.envoy.type.v3.TokenBucket;
import java.time.Duration;
import java.util.Collection;

/** What is done to requests besides dividing them, as Envoy's settings. */
final class Treatments {
  private Treatments() {}

  /** Why the listeners of a table cannot carry it; empty when they can. */
  static ImmutableList<String> reasonsAgainst(Treatment treatment, HttpFilters filters) {
    ImmutableList.Builder<String> reasons = ImmutableList.builder();
    if (treatment.fault().isPresent() && filters.name(HttpFilters.FAULT).isEmpty()) {
      reasons.add("fault: " + filters.lack(HttpFilters.FAULT));
    }
    if (treatment.rateLimit().isPresent() && filters.name(HttpFilters.LOCAL_RATE_LIMIT).isEmpty()) {
      reasons.add("rate limit: " + filters.lack(HttpFilters.LOCAL_RATE_LIMIT));
    }
    return reasons.build();
  }

  /** Why the listeners of a table cannot tell who is in these cohorts; empty when they can. */
  static ImmutableList<String> reasonsAgainst(Collection<Cohort> cohorts, HttpFilters filters) {
    ImmutableSet.Builder<String> reasons = ImmutableSet.builder();
    for (Cohort cohort : cohorts) {
      for (Condition condition : cohort.conditions()) {
        if (condition instanceof Condition.Claim claim) {
          filters
              .lackOfPayload(claim.payload())
              .ifPresent(lack -> reasons.add("cohort " + cohort.name() + ": a claim: " + lack));
        } else if (condition instanceof Condition.Source
            && filters.name(HttpFilters.SET_FILTER_STATE).isEmpty()) {
          reasons.add(
              "cohort "
                  + cohort.name()
                  + ": a source: "
                  + filters.lack(HttpFilters.SET_FILTER_STATE));
        }
      }
    }
    return reasons.build().asList();
  }

  /** Settings of filters for the requests of one cluster, by the filters' names. */
  static ImmutableMap<String, Any> filters(Treatment treatment, HttpFilters filters) {
    ImmutableMap.Builder<String, Any> settings = ImmutableMap.builder();
    treatment
        .fault()
        .ifPresent(fault -> settings.put(named(filters, HttpFilters.FAULT), any(fault(fault))));
    treatment
        .rateLimit()
        .ifPresent(limit ->
            settings.put(named(filters, HttpFilters.LOCAL_RATE_LIMIT), any(rateLimit(limit))));
    return settings.buildOrThrow();
  }

  private static String named(HttpFilters filters, String type) {
    return filters.name(type).orElseThrow(() -> new IllegalStateException("no filter " + type));
  }

  private static HTTPFault fault(Fault fault) {
    HTTPFault.Builder settings = HTTPFault.newBuilder();
    fault
        .delay()
        .ifPresent(delay ->
            settings.setDelay(
                FaultDelay.newBuilder()
                    .setFixedDelay(duration(delay.time()))
                    .setPercentage(share(delay.sharePpm()))));
    fault
        .abort()
        .ifPresent(abort ->
            settings.setAbort(
                FaultAbort.newBuilder()
                    .setHttpStatus(abort.httpStatus())
                    .setPercentage(share(abort.sharePpm()))));
    return settings.build();
  }

  /** The filter does nothing unless told that it is enabled and enforced for all requests. */
  private static LocalRateLimit rateLimit(RateLimit limit) {
    RuntimeFractionalPercent all =
        RuntimeFractionalPercent.newBuilder().setDefaultValue(share(Ppm.ALL)).build();
    return LocalRateLimit.newBuilder()
        .setStatPrefix("serin")
        .setTokenBucket(
            TokenBucket.newBuilder()
                .setMaxTokens(limit.burst())
                .setTokensPerFill(UInt32Value.of(limit.requestsPerSecond()))
                .setFillInterval(duration(Duration.ofSeconds(1))))
        .setFilterEnabled(all)
        .setFilterEnforced(all)
        .build();
  }

  /** Copies to each of the clusters; the authority stays what the client sent. */
  static ImmutableList<RequestMirrorPolicy> shadows(Mirror mirror, Iterable<String> clusters) {
    ImmutableList.Builder<RequestMirrorPolicy> policies = ImmutableList.builder();
    for (String cluster : clusters) {
      RequestMirrorPolicy.Builder policy =
          RequestMirrorPolicy.newBuilder()
              .setCluster(cluster)
              .setDisableShadowHostSuffixAppend(true);
      if (mirror.sharePpm() < Ppm.ALL) {
        policy.setRuntimeFraction(
            RuntimeFractionalPercent.newBuilder().setDefaultValue(share(mirror.sharePpm())));
      }
      policies.add(policy.build());
    }
    return policies.build();
  }

  /**
   * A failed try is made once more, at a priority of the cluster that has not been tried: of the
   * aggregate of canary and stable that is stable. Where the route has a policy of its own, what it
   * retries and how often stays; else only requests that carry the canary's stamp are retried, so
   * that stable's are treated as before.
   */
  static RetryPolicy retry(String canary, boolean hasOwn) {
    RetryPolicy.Builder policy =
        RetryPolicy.newBuilder()
            .setRetryPriority(
                RetryPriority.newBuilder()
                    .setName("envoy.retry_priorities.previous_priorities")
                    .setTypedConfig(
                        any(PreviousPrioritiesConfig.newBuilder().setUpdateFrequency(1).build())));
    return hasOwn
        ? policy.build()
        : policy
            // The latter three are statuses of gRPC; an answer that is none has none of them.
            .setRetryOn("5xx,internal,resource-exhausted,unavailable")
            .setNumRetries(UInt32Value.of(1))
            .addRetriableRequestHeaders(
                HeaderMatcher.newBuilder()
                    .setName(VersionHeader.NAME)
                    .setStringMatch(StringMatcher.newBuilder().setExact(canary)))
            .build();
  }

  private static FractionalPercent share(int ppm) {
    return FractionalPercent.newBuilder()
        .setNumerator(ppm)
        .setDenominator(FractionalPercent.DenominatorType.MILLION)
        .build();
  }

  private static com.google.protobuf.Duration duration(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  /** None of these messages has a map, so their bytes depend on their content alone. */
  private static Any any(Message message) {
    return Any.pack(message);
  }
}

package dev.serin.text;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.TextMatch;
import dev.serin.v1.Condition;
import dev.serin.v1.NumberRange;
import dev.serin.v1.UserAgentCondition;

/** A cohort's record into its message. */
final class CohortWriting {

  private CohortWriting() {}

  static dev.serin.v1.Cohort cohort(Cohort cohort) {
    dev.serin.v1.Cohort.Builder message = dev.serin.v1.Cohort.newBuilder();
    for (Cohort.Condition condition : cohort.conditions()) {
      switch (cohort.combine()) {
        case ANY -> message.addAny(condition(condition));
        case ALL -> message.addAll(condition(condition));
      }
    }
    return message.build();
  }

  private static Condition condition(Cohort.Condition condition) {
    Condition.Builder message = Condition.newBuilder();
    switch (condition) {
      case Cohort.Condition.Header(String name, TextMatch match) ->
          write(match, message.getHeaderBuilder().setName(name));
      case Cohort.Condition.Cookie(String name, TextMatch match) ->
          write(match, message.getCookieBuilder().setName(name));
      case Cohort.Condition.Query(String name, TextMatch match) ->
          write(match, message.getQueryBuilder().setName(name));
      case Cohort.Condition.Path(TextMatch match) -> write(match, message.getPathBuilder());
      case Cohort.Condition.Method(var methods) -> message.getMethodBuilder().addAllIn(methods);
      case Cohort.Condition.Claim claim ->
          write(
              claim.match(),
              message
                  .getClaimBuilder()
                  .addAllPath(claim.path())
                  .setAnyElement(claim.anyElement())
                  .setPayload(claim.payload()));
      case Cohort.Condition.Source(var ranges) -> message.getSourceBuilder().addAllRanges(ranges);
      case Cohort.Condition.UserAgent(Cohort.Agent agent) ->
          message.getUserAgentBuilder().setKind(kind(agent));
      case Cohort.Condition.Caller(var identities) ->
          message.getCallerBuilder().addAllIdentities(identities);
      case Cohort.Condition.ProxyRegion(String region) ->
          message.getProxyBuilder().setRegion(region);
      case Cohort.Condition.MeshCluster(String cluster) ->
          message.getProxyBuilder().setCluster(cluster);
      case Cohort.Condition.Named(String cohort) -> message.setCohort(cohort);
    }
    return message.build();
  }

  private static UserAgentCondition.Kind kind(Cohort.Agent agent) {
    return switch (agent) {
      case MOBILE -> UserAgentCondition.Kind.MOBILE;
      case DESKTOP -> UserAgentCondition.Kind.DESKTOP;
      case BOT -> UserAgentCondition.Kind.BOT;
    };
  }

  /** Into the fields that {@link MatchReading} reads. */
  private static void write(TextMatch match, Message.Builder into) {
    switch (match) {
      case TextMatch.Exact(String value) -> set(into, "exact", value);
      case TextMatch.Prefix(String value) -> set(into, "prefix", value);
      case TextMatch.Suffix(String value) -> set(into, "suffix", value);
      case TextMatch.Contains(String value) -> set(into, "contains", value);
      case TextMatch.In in -> set(into, "in", in.values());
      case TextMatch.Present present -> set(into, "present", true);
      case TextMatch.Regex(String pattern) -> set(into, "regex", pattern);
      case TextMatch.Range(long from, long to) ->
          set(into, "range", NumberRange.newBuilder().setFrom(from).setTo(to).build());
      case TextMatch.IgnoreCase(TextMatch inner) -> {
        write(inner, into);
        set(into, "ignore_case", true);
      }
      case TextMatch.Not(TextMatch inner, boolean orAbsent) -> {
        write(inner, into);
        set(into, "not", true);
        if (orAbsent) {
          set(into, "or_absent", true);
        }
      }
    }
  }

  private static void set(Message.Builder into, String name, Object value) {
    FieldDescriptor field = into.getDescriptorForType().findFieldByName(name);
    if (field == null) {
      throw new IllegalArgumentException(
          name + " in a " + into.getDescriptorForType().getName() + " (expected: what it can say)");
    }
    into.setField(field, value);
  }
}

package dev.serin.text;

import dev.serin.policy.Cohort.Condition;
import dev.serin.policy.Cohort.TextMatch;
import java.util.Collection;
import java.util.Locale;

/** A cohort's conditions as a person would write them. */
final class CohortText {

  private CohortText() {}

  static Written condition(Condition condition) {
    return switch (condition) {
      case Condition.Header(String name, TextMatch match) ->
          new Flow().with("header", match(new Flow().with("name", name), match));
      case Condition.Cookie(String name, TextMatch match) ->
          new Flow().with("cookie", match(new Flow().with("name", name), match));
      case Condition.Query(String name, TextMatch match) ->
          new Flow().with("query", match(new Flow().with("name", name), match));
      case Condition.Path(TextMatch match) -> new Flow().with("path", match(new Flow(), match));
      case Condition.Method(var methods) -> new Flow().with("method", texts(methods));
      case Condition.Claim claim -> new Flow().with("claim", claim(claim));
      case Condition.Source(var ranges) -> new Flow().with("source", texts(ranges));
      case Condition.UserAgent(var agent) ->
          new Flow().with("userAgent", Flow.word(agent.name().toLowerCase(Locale.ROOT)));
      case Condition.Caller(var identities) -> new Flow().with("caller", texts(identities));
      case Condition.ProxyRegion(String region) ->
          new Flow().with("proxy", new Flow().with("region", region));
      case Condition.MeshCluster(String cluster) ->
          new Flow().with("proxy", new Flow().with("cluster", cluster));
      case Condition.Named(String cohort) -> new Flow().with("cohort", cohort);
    };
  }

  private static Flow claim(Condition.Claim claim) {
    Flow flow = new Flow().with("path", texts(claim.path()));
    match(flow, claim.match());
    if (claim.anyElement()) {
      flow.with("anyElement", Flow.word("true"));
    }
    return flow.with("payload", claim.payload());
  }

  private static Flow match(Flow flow, TextMatch match) {
    return switch (match) {
      case TextMatch.Exact(String value) -> flow.with("exact", value);
      case TextMatch.Prefix(String value) -> flow.with("prefix", value);
      case TextMatch.Suffix(String value) -> flow.with("suffix", value);
      case TextMatch.Contains(String value) -> flow.with("contains", value);
      case TextMatch.In in -> flow.with("in", texts(in.values()));
      case TextMatch.Present present -> flow.with("present", Flow.word("true"));
      case TextMatch.Regex(String pattern) -> flow.with("regex", pattern);
      case TextMatch.Range(long from, long to) ->
          flow.with(
              "range",
              new Flow()
                  .with("from", Flow.word(Long.toString(from)))
                  .with("to", Flow.word(Long.toString(to))));
      case TextMatch.IgnoreCase(TextMatch inner) ->
          match(flow, inner).with("ignoreCase", Flow.word("true"));
      case TextMatch.Not(TextMatch inner, boolean orAbsent) -> {
        match(flow, inner).with("not", Flow.word("true"));
        yield orAbsent ? flow.with("orAbsent", Flow.word("true")) : flow;
      }
    };
  }

  static Written texts(Collection<String> texts) {
    return Flow.list(texts.stream().map(Flow::string).toList());
  }
}

package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.protobuf.Descriptors.Descriptor;
import dev.serin.v1.Analysis;
import dev.serin.v1.CallerCondition;
import dev.serin.v1.CanaryPolicySpec;
import dev.serin.v1.Control;
import dev.serin.v1.Exit;
import dev.serin.v1.Fault;
import dev.serin.v1.Harm;
import dev.serin.v1.LatencyMetric;
import dev.serin.v1.MethodCondition;
import dev.serin.v1.Mirror;
import dev.serin.v1.OnFailure;
import dev.serin.v1.RateLimit;
import dev.serin.v1.Rollback;
import dev.serin.v1.RuleOut;
import dev.serin.v1.Schedule;
import dev.serin.v1.SourceCondition;
import dev.serin.v1.Step;
import dev.serin.v1.Sticky;
import dev.serin.v1.StickySource;
import dev.serin.v1.Streams;
import dev.serin.v1.UserAgentCondition;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The short forms of the text, rewritten as the maps that they stand for. */
final class Shorthand {

  /** How the number behind a field ending in {@code _ppm} is written in its short form. */
  enum Share {
    /** {@code 5%}. */
    OF_WHOLE,
    /** {@code 0.5pp}. */
    DIFFERENCE,
    /** {@code p99}. */
    QUANTILE,
    /** {@code 10%}, where {@code 0.5pp} could have stood. */
    MARGIN
  }

  private static final String PPM = "_ppm";
  private static final ImmutableList<String> STICKY_SOURCES =
      ImmutableList.of("header", "cookie", "sourceIp", "source_ip");
  private static final ImmutableList<String> FAILURES =
      ImmutableList.of("metrics", "nack", "hook", "rejected", "endpoints");

  /** Short keys that are not the canonical key without {@code Ppm}. */
  private static final ImmutableMap<String, String> KEYS =
      ImmutableMap.of(Step.getDescriptor().getFullName() + ".cohort_ppm", "cohorts");

  /** Messages with one list that may stand for them. */
  private static final ImmutableMap<String, String> ONLY_LISTS =
      ImmutableMap.of(
          MethodCondition.getDescriptor().getFullName(), "in",
          SourceCondition.getDescriptor().getFullName(), "ranges",
          CallerCondition.getDescriptor().getFullName(), "identities");

  /** Shares that may be left to Serin. */
  private static final Set<String> AUTO =
      Set.of(
          CanaryPolicySpec.getDescriptor().getFullName() + ".hold_back_ppm",
          RuleOut.getDescriptor().getFullName() + ".errors_ppm",
          RuleOut.getDescriptor().getFullName() + ".latency_ppm");

  private Shorthand() {}

  /** The short key of a share: {@code weight} of {@code weight_ppm}. */
  static Optional<String> shortKey(String fullName, String jsonName) {
    if (!fullName.endsWith(PPM)) {
      return Optional.empty();
    }
    String without = jsonName.substring(0, jsonName.length() - "Ppm".length());
    return Optional.of(KEYS.getOrDefault(fullName, without));
  }

  static boolean mayBeAuto(String fullName) {
    return AUTO.contains(fullName);
  }

  static Share shareOf(Descriptor owner, String field) {
    if (owner == RuleOut.getDescriptor() || field.equals("difference_ppm")) {
      return Share.DIFFERENCE;
    }
    if (owner == Harm.getDescriptor()) {
      return Share.MARGIN;
    }
    boolean isQuantile = owner == LatencyMetric.getDescriptor();
    return isQuantile ? Share.QUANTILE : Share.OF_WHOLE;
  }

  /** The full form of what stands for a message of the given type; itself where it is one. */
  static Tree expand(Descriptor type, Tree tree) {
    if (type == Sticky.getDescriptor()) {
      return sticky(tree);
    }
    String only = ONLY_LISTS.get(type.getFullName());
    if (only != null && (tree instanceof Tree.Items || tree instanceof Tree.Text)) {
      return Tree.implied(only, tree);
    }
    if (type == OnFailure.getDescriptor() && isOneExit(tree)) {
      return new Tree.Fields(
          FAILURES.stream()
              .map(failure -> Tree.Field.implied(failure, tree))
              .collect(ImmutableList.toImmutableList()),
          tree.line());
    }
    return tree instanceof Tree.Text text ? scalar(type, text) : tree;
  }

  private static Tree scalar(Descriptor type, Tree.Text text) {
    String word = text.value();
    if (type == Step.getDescriptor() || type == Rollback.Ramp.getDescriptor()) {
      return Tree.implied("weight", text);
    }
    if (type == Exit.getDescriptor()) {
      return Tree.implied("action", text);
    }
    if (type == Mirror.getDescriptor()) {
      return Tree.implied("share", text);
    }
    if (type == Fault.Abort.getDescriptor()) {
      return Tree.implied("httpStatus", text);
    }
    if (type == RateLimit.getDescriptor() && word.matches("[0-9]+/s")) {
      return Tree.implied(
          "requestsPerSecond",
          new Tree.Text(word.substring(0, word.length() - 2), text.plain(), text.line()));
    }
    if (type == Streams.getDescriptor()) {
      return Tree.implied("atZero", text);
    }
    if (type == UserAgentCondition.getDescriptor()) {
      return Tree.implied("kind", text);
    }
    if (type == Harm.getDescriptor()) {
      return Tree.implied(word.endsWith("pp") ? "difference" : "relative", text);
    }
    if ((type == StickySource.getDescriptor() && word.equals("sourceIp"))
        || (type == Control.getDescriptor() && word.equals("stable"))) {
      return Tree.implied(word, new Tree.Text("true", true, text.line()));
    }
    // Plain `off` is a boolean to a YAML 1.1 parser, which is why trees keep the characters.
    if (type == Analysis.getDescriptor() && word.equals("off")) {
      return Tree.implied("off", new Tree.Text("true", true, text.line()));
    }
    if (type == Schedule.getDescriptor() && word.equals("always")) {
      return new Tree.Fields(ImmutableList.of(), text.line());
    }
    return text;
  }

  private static Tree sticky(Tree tree) {
    return switch (tree) {
      case Tree.Items items -> Tree.implied("sources", items);
      case Tree.Text text ->
          switch (text.value()) {
            case "none" -> new Tree.Fields(ImmutableList.of(), text.line());
            case "useRoute" -> Tree.implied("useRoute", new Tree.Text("true", true, text.line()));
            case "sourceIp" -> Tree.implied("sources", text);
            default -> text;
          };
      case Tree.Fields fields ->
          keys(fields).stream().anyMatch(STICKY_SOURCES::contains)
              ? Tree.implied("sources", fields)
              : fields;
      case Tree.Absent absent -> absent;
    };
  }

  private static boolean isOneExit(Tree tree) {
    return switch (tree) {
      case Tree.Text text -> true;
      case Tree.Fields fields ->
          !fields.fields().isEmpty()
              && keys(fields).stream()
                  .allMatch(k ->
                      k.equals("holdThenRollback")
                          || k.equals("hold_then_rollback")
                          || k.equals("action"));
      case Tree.Items items -> false;
      case Tree.Absent absent -> false;
    };
  }

  private static List<String> keys(Tree.Fields fields) {
    return fields.fields().stream().map(Tree.Field::key).toList();
  }

  /** What may stand for a message in one word, for a message of ours. */
  static String expected(Descriptor type) {
    if (type == Exit.getDescriptor() || type == OnFailure.getDescriptor()) {
      return "hold, rollback or {holdThenRollback: 10m}";
    }
    if (type == Analysis.getDescriptor()) {
      return "a map, or off";
    }
    if (type == Sticky.getDescriptor() || type == StickySource.getDescriptor()) {
      return "{header: NAME}, {cookie: NAME} or sourceIp";
    }
    if (type == Schedule.getDescriptor()) {
      return "a map, or always";
    }
    if (type == RateLimit.getDescriptor()) {
      return "a map, or a rate like 100/s";
    }
    return type == Control.getDescriptor() ? "a map, or stable" : "a map";
  }
}

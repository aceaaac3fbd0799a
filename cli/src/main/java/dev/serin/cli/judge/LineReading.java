package dev.serin.cli.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Baseline;
import dev.serin.judge.Histogram;
import dev.serin.policy.Ppm;
import java.time.Duration;
import java.util.Optional;

/** Reads lines of a stream, each by itself; whether they fit together is the rollout's to say. */
final class LineReading {
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .reader();

  private LineReading() {}

  static JsonNode json(String text) throws LineProblem {
    try {
      JsonNode line = JSON.readTree(text);
      if (!line.isObject()) {
        throw new LineProblem("no JSON object (expected: a window, or a history)");
      }
      return line;
    } catch (JsonProcessingException malformed) {
      throw new LineProblem("not JSON: " + malformed.getOriginalMessage());
    }
  }

  static String run(JsonNode line) throws LineProblem {
    JsonNode run = line.path("run");
    if (run.isMissingNode() || run.isNull()) {
      return "";
    }
    if (!run.isTextual() && !run.isIntegralNumber()) {
      throw new LineProblem("run: " + run + " (expected: a name)");
    }
    return run.asText();
  }

  /**
   * Reads a line.
   *
   * @param control which of a window's versions the canary is compared with
   */
  static StreamLine read(String run, JsonNode line, String control) throws LineProblem {
    return line.has("history")
        ? history(run, line.get("history"))
        : observation(run, line, control);
  }

  private static StreamLine history(String run, JsonNode list) throws LineProblem {
    if (!list.isArray()) {
      throw new LineProblem("history: " + list.getNodeType() + " (expected: a list of blocks)");
    }
    ImmutableList.Builder<Baseline.Block> blocks = ImmutableList.builder();
    double seconds = 0;
    long requests = 0;
    long errors = 0;
    for (int i = 0; i < list.size(); i++) {
      String at = "history[" + i + "]";
      double length = number(list.get(i), "durationS", at);
      if (!(length > 0) || length > 1e9) {
        throw new LineProblem(at + ".durationS: " + length + " (expected: above 0)");
      }
      ArmCounts a = arm(list.get(i).path("a"), at + ".a");
      ArmCounts b = arm(list.get(i).path("b"), at + ".b");
      blocks.add(new Baseline.Block(Duration.ofNanos((long) (length * 1e9)), a, b));
      seconds += length;
      requests += a.requests() + b.requests();
      errors += a.errors() + b.errors();
    }
    return new StreamLine.History(
        run, new Baseline(blocks.build(), Histogram.NONE, requests, errors), seconds);
  }

  private static StreamLine observation(String run, JsonNode line, String control)
      throws LineProblem {
    double t = number(line, "t", "");
    double seconds = number(line, "durationS", "");
    if (seconds != 1 && seconds != 10) {
      throw new LineProblem("durationS: " + seconds + " (expected: 1 or 10)");
    }
    double weight = number(line, "weight", "");
    if (!(weight >= 0 && weight <= 1)) {
      throw new LineProblem("weight: " + weight + " (expected: a share from 0 to 1)");
    }
    JsonNode missing = line.path("missing");
    if (!missing.isMissingNode() && !missing.isNull() && !missing.isArray()) {
      throw new LineProblem("missing: " + missing + " (expected: a list)");
    }
    boolean usable = missing.isEmpty() && !line.path("counterReset").asBoolean(false);
    JsonNode versions = line.path("versions");
    if (usable && !versions.isObject()) {
      throw new LineProblem(
          "versions: nothing (expected: {canary: {...}, " + control + ": {...}})");
    }
    Optional<StreamLine.Both> arms =
        usable
            ? Optional.of(
                new StreamLine.Both(
                    arm(versions.path("canary"), "versions.canary"),
                    arm(versions.path(control), "versions." + control)))
            : Optional.empty();
    return new StreamLine.Observation(
        run, t, (int) seconds, (int) Math.round(weight * Ppm.ALL), arms);
  }

  private static ArmCounts arm(JsonNode arm, String at) throws LineProblem {
    if (!arm.isObject()) {
      throw new LineProblem(
          at + ": nothing (expected: {requests, errors, latency}, or its name in missing)");
    }
    long requests = count(arm.path("requests"), at + ".requests");
    long errors = count(arm.path("errors"), at + ".errors");
    if (errors > requests) {
      throw new LineProblem(
          at + ".errors: " + errors + " (expected: at most the " + requests + " requests)");
    }
    return new ArmCounts(requests, errors, latency(arm.path("latency"), at + ".latency"));
  }

  private static Histogram latency(JsonNode latency, String at) throws LineProblem {
    if (latency.isMissingNode() || latency.isNull()) {
      return Histogram.NONE;
    }
    JsonNode le = latency.path("le");
    JsonNode counts = latency.path("counts");
    if (latency.isObject() && le.isEmpty() && counts.isEmpty()) {
      return Histogram.NONE; // an arm without requests may have no buckets either
    }
    if (!le.isArray() || !counts.isArray() || le.size() != counts.size() || le.isEmpty()) {
      throw new LineProblem(
          at
              + ": "
              + le.size()
              + " edges and "
              + counts.size()
              + " counts (expected: {le: [..., \"+Inf\"], counts: [...]}, as many of both)");
    }
    ImmutableDoubleArray.Builder edges = ImmutableDoubleArray.builder(le.size());
    ImmutableLongArray.Builder numbers = ImmutableLongArray.builder(le.size());
    double before = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < le.size(); i++) {
      boolean last = i == le.size() - 1;
      double edge = last ? Double.POSITIVE_INFINITY : le.get(i).asDouble(Double.NaN);
      boolean sound = last ? le.get(i).asText().equals("+Inf") : le.get(i).isNumber();
      if (!sound || !(edge > before)) {
        throw new LineProblem(
            at
                + ".le["
                + i
                + "]: "
                + le.get(i)
                + " (expected: ascending edges, the last \"+Inf\")");
      }
      before = edge;
      edges.add(edge);
      numbers.add(count(counts.get(i), at + ".counts[" + i + "]"));
    }
    return new Histogram(edges.build(), numbers.build());
  }

  private static long count(JsonNode number, String at) throws LineProblem {
    boolean whole = number.isNumber() && number.asDouble() == Math.rint(number.asDouble());
    if (!whole || number.asDouble() < 0 || number.asDouble() > 1e15) {
      throw new LineProblem(
          at
              + ": "
              + (number.isMissingNode() ? "nothing" : number)
              + " (expected: a whole number, 0 or more)");
    }
    return number.asLong();
  }

  private static double number(JsonNode line, String key, String at) throws LineProblem {
    JsonNode number = line.path(key);
    if (!number.isNumber() || !Double.isFinite(number.asDouble())) {
      throw new LineProblem(
          (at.isEmpty() ? "" : at + ".")
              + key
              + ": "
              + (number.isMissingNode() ? "nothing" : number)
              + " (expected: a number)");
    }
    return number.asDouble();
  }
}

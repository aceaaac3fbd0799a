package dev.serin.cli.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;

/** A report as JSON, for programs. What is not known is null. */
public final class DemoJson {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private DemoJson() {}

  /** Writes the report to a file, which is replaced. */
  public static void write(DemoReport report, Path file) throws IOException {
    Files.writeString(file, JSON.writeValueAsString(tree(report)) + "\n", StandardCharsets.UTF_8);
  }

  static ObjectNode tree(DemoReport report) {
    ObjectNode root = JSON.createObjectNode();
    var releases = root.putArray("releases");
    report.releases().forEach(release -> put(release, releases.addObject()));
    var proxies = root.putArray("proxies");
    for (DemoReport.Proxy proxy : report.proxies()) {
      ObjectNode node = proxies.addObject();
      node.put("node", proxy.node()).put("cluster", proxy.cluster());
      ObjectNode split = node.putObject("ackedSplit");
      proxy.ackedSplit().forEach(split::put);
    }
    putSeconds(root, "firstBadToZeroSeconds", report.firstBadToZeroSeconds());
    return root;
  }

  private static void put(DemoReport.Release release, ObjectNode node) {
    node.put("version", release.version()).put("outcome", release.outcome().word());
    putSeconds(node, "secondsToDecision", release.secondsToDecision());
    node.put("requests", release.requests())
        .put("spoiled", release.spoiled())
        .put("reason", release.reason());
    var metrics = node.putArray("metrics");
    for (DemoReport.Metric metric : release.metrics()) {
      metrics
          .addObject()
          .put("name", metric.name())
          .put("evidence", metric.evidence())
          .put("bound", metric.bound());
    }
    var steps = node.putArray("steps");
    for (DemoReport.Step step : release.steps()) {
      ObjectNode one = steps.addObject().put("weightPpm", step.weightPpm());
      if (step.convergedAfterMs().isPresent()) {
        one.put("convergedAfterMs", step.convergedAfterMs().getAsLong());
      } else {
        one.putNull("convergedAfterMs");
      }
      one.put("requests", step.requests());
    }
  }

  private static void putSeconds(ObjectNode node, String name, OptionalDouble seconds) {
    if (seconds.isPresent()) {
      node.put(name, Math.round(seconds.getAsDouble() * 1000) / 1000.0);
    } else {
      node.putNull(name);
    }
  }
}

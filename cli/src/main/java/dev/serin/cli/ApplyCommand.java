package dev.serin.cli;

import com.google.common.base.Splitter;
import dev.serin.text.Parsed;
import dev.serin.text.Reading;
import dev.serin.v1.AnyResource;
import dev.serin.v1.ApplyRequest;
import dev.serin.v1.ApplyResponse;
import dev.serin.v1.ApplyResult;
import dev.serin.v1.ResourceProblem;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code serin apply -f PATH}. */
@Command(
    name = "apply",
    description = "Create or update resources from files: all of them, or none when one is wrong.")
final class ApplyCommand implements Callable<Integer> {
  @Mixin Inputs inputs = new Inputs();

  @Option(names = "--dry-run", description = "Let the server check, and change nothing.")
  boolean dryRun;

  @Mixin Reason reason = new Reason();

  @Option(names = "-o", paramLabel = "FORMAT", description = "table, json, yaml or name")
  Output.Format format = Output.Format.table;

  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  InputStream standardInput = System.in;

  @Override
  public Integer call() {
    Reading reading = inputs.read(standardInput);
    reading.problems().forEach(problem -> Console.err(spec).println(problem));
    if (reading.hasErrors()) {
      others(reading);
      return Exit.FAILED;
    }
    if (reading.resources().isEmpty()) {
      throw new CommandFailure(
          Exit.FAILED, inputs.paths + ": no resources (expected: at least one)");
    }
    try (Connection connection = server) {
      ApplyResponse response = connection.resources().apply(request(reading.resources(), dryRun));
      boolean refused = report(response.getProblemsList(), reading);
      print(response.getResultsList());
      return refused ? Exit.FAILED : Exit.DONE;
    }
  }

  /** Nothing is applied, but what the server finds in the sound ones is told in the same go. */
  private void others(Reading reading) {
    if (reading.resources().isEmpty()) {
      return;
    }
    try (Connection connection = server) {
      ApplyResponse response =
          connection.resources().apply(request(reading.resources(), /* validateOnly= */ true));
      report(response.getProblemsList(), reading);
    } catch (StatusRuntimeException refused) {
      String why = Failures.describe(refused, server.address());
      Console.err(spec)
          .println("serin: " + Output.lines("the other resources were not checked: " + why));
    }
  }

  private ApplyRequest request(List<Parsed> resources, boolean validateOnly) {
    ApplyRequest.Builder request =
        ApplyRequest.newBuilder()
            .setRequestId(UUID.randomUUID().toString())
            .setValidateOnly(validateOnly)
            .setReason(reason.text());
    for (Parsed resource : resources) {
      AnyResource.Builder any = AnyResource.newBuilder();
      switch (resource) {
        case Parsed.Service service -> any.setMeshService(service.message());
        case Parsed.Policy policy -> any.setCanaryPolicy(policy.message());
        case Parsed.Freeze freeze -> any.setFreezeWindow(freeze.message());
        case Parsed.Channel channel -> any.setChannel(channel.message());
        case Parsed.Release release -> any.setRelease(release.message());
        case Parsed.Rollout rollout -> any.setRollout(rollout.message());
      }
      request.addResources(any);
    }
    return request.build();
  }

  /** Prints what the server found and the reader had not, each where it was written. */
  private boolean report(List<ResourceProblem> found, Reading reading) {
    Set<String> told = new HashSet<>();
    reading.problems().forEach(problem -> told.add(problem.toString()));
    boolean refused = false;
    for (ResourceProblem one : found) {
      dev.serin.v1.Problem problem = one.getProblem();
      Parsed resource = reading.resources().get(one.getIndex());
      if (isOfTheUnsound(resource, problem, reading)) {
        continue;
      }
      boolean error = problem.getSeverity() == dev.serin.v1.Problem.Severity.ERROR;
      refused |= error;
      String line = resource.source().line(problem);
      if (told.add(line)) {
        Console.err(spec).println(Output.lines(line));
      }
    }
    return refused;
  }

  /** It misses what stands in the same files, with problems of its own. */
  private static boolean isOfTheUnsound(
      Parsed resource, dev.serin.v1.Problem problem, Reading reading) {
    return resource instanceof Parsed.Rollout rollout
        && Reading.Named.isAmong(reading.unsound(), rollout.rollout(), problem.getPath());
  }

  private void print(List<ApplyResult> results) {
    PrintWriter out = Console.out(spec);
    switch (format) {
      case table -> results.forEach(result -> out.println(Output.line(line(result))));
      case name -> results.forEach(result -> out.println(shortName(result.getName())));
      case json -> {
        List<String> all = results.stream().map(r -> Output.json(resource(r))).toList();
        out.println(
            all.size() == 1
                ? all.get(0)
                : all.stream().collect(Collectors.joining(",\n", "[", "]")));
      }
      case yaml -> results.forEach(r -> out.print("---\n" + Output.yaml(resource(r))));
    }
    out.flush();
  }

  private String line(ApplyResult result) {
    String outcome =
        switch (result.getOutcome()) {
          case CREATED -> "created";
          case UPDATED -> "updated";
          case UNCHANGED -> "unchanged";
          case OUTCOME_UNSPECIFIED, UNRECOGNIZED -> "applied";
        };
    return shortName(result.getName())
        + " "
        + outcome
        + (dryRun ? " (dry run)" : "")
        + (result.getNote().isEmpty() ? "" : " (" + result.getNote() + ")");
  }

  /** {@code tenants/T/services/S} as {@code service/S}; with the tenant where it is another one. */
  private static String shortName(String fullName) {
    List<String> parts = Splitter.on('/').splitToList(fullName);
    if (parts.size() != 4) {
      return fullName;
    }
    String collection = parts.get(2);
    String kind =
        collection.equals("policies")
            ? "policy"
            : collection.substring(0, collection.length() - 1).toLowerCase(Locale.ROOT);
    String tenant = parts.get(1).equals("default") ? "" : parts.get(1) + "/";
    return kind + "/" + tenant + parts.get(3);
  }

  private static com.google.protobuf.Message resource(ApplyResult result) {
    AnyResource any = result.getResource();
    return switch (any.getResourceCase()) {
      case MESH_SERVICE -> any.getMeshService();
      case CANARY_POLICY -> any.getCanaryPolicy();
      case ROLLOUT -> any.getRollout();
      case RELEASE -> any.getRelease();
      case FREEZE_WINDOW -> any.getFreezeWindow();
      case METRIC_QUERY -> any.getMetricQuery();
      case CHANNEL -> any.getChannel();
      case RESOURCE_NOT_SET -> any;
    };
  }
}

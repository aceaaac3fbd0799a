package dev.serin.cli;

import dev.serin.mesh.SimulatedRequest;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A request that a person asks about. */
final class RequestOptions {
  private static final Pattern REQUEST = Pattern.compile("(?:([A-Z]+) +)?([^/ ]*[^/ :])(/[^ ]*)?");
  private static final Pattern HEADER = Pattern.compile("([^: ]+): *(.*)");

  @Option(
      names = "--request",
      paramLabel = "'METHOD HOST/PATH'",
      description =
          "Say where this request goes at each step, with which probability, instead of what"
              + " changes; GET without a method.")
  @Nullable String request;

  @Option(
      names = "--header",
      paramLabel = "'NAME: VALUE'",
      description = "A header of the request; may be given several times.")
  List<String> headers = List.of();

  /** Empty where none is asked about. */
  Optional<SimulatedRequest> read() {
    if (request == null) {
      if (!headers.isEmpty()) {
        throw new CommandFailure(
            Exit.USAGE, "--header without --request (expected: the request that has it)");
      }
      return Optional.empty();
    }
    Matcher parts = REQUEST.matcher(request);
    if (!parts.matches()) {
      throw new CommandFailure(
          Exit.USAGE, "--request: " + request + " (expected: as 'GET shop.example/checkout')");
    }
    String path = parts.group(3) == null ? "/" : parts.group(3);
    SimulatedRequest read = SimulatedRequest.to(parts.group(2), path);
    if (parts.group(1) != null) {
      read = read.withHeader(":method", parts.group(1));
    }
    for (String header : headers) {
      Matcher field = HEADER.matcher(header);
      if (!field.matches()) {
        throw new CommandFailure(
            Exit.USAGE, "--header: " + header + " (expected: as 'x-user: ann')");
      }
      read = read.withHeader(field.group(1), field.group(2));
    }
    return Optional.of(read);
  }
}

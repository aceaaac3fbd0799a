package dev.serin.cli;

import dev.serin.text.Reading;
import java.io.InputStream;
import java.util.List;
import picocli.CommandLine.Option;

/** {@code -f PATH}: the resources that a command is given. */
final class Inputs {
  @Option(
      names = {"-f", "--filename"},
      paramLabel = "PATH",
      arity = "1..*",
      required = true,
      description = "Files, folders of *.yaml, *.yml and *.json, or - for standard input.")
  List<String> paths = List.of();

  Reading read(InputStream standardInput) {
    return ResourceFiles.read(paths, standardInput);
  }
}

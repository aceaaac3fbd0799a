package dev.serin.cli;

import java.util.List;
import picocli.CommandLine.Option;

/** {@code --cluster EU}: the mesh clusters that a verb is for. */
final class Clusters {
  @Option(
      names = "--cluster",
      paramLabel = "MESH_CLUSTER",
      description = "Only in this mesh cluster; repeat for several (the server may refuse it).")
  List<String> names = List.of();

  List<String> names() {
    return names;
  }
}

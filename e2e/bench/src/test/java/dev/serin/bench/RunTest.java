package dev.serin.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs, small ones: a server that fails costs its own figures, not those of the others. */
final class RunTest {
  /** Nobody listens there: a privileged port that no service has. */
  private static final int CLOSED_PORT = 4;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @TempDir private Path folder;

  @Test
  void aServerThatCannotBeConnectedHasARowThatSaysSoAndTheOthersTheirFigures() throws Exception {
    List<String> failures =
        run(
            "small",
            """
            echo ready %d
            while read command; do echo stats 1 1; done
            """
                .formatted(CLOSED_PORT));
    assertThat(failures).hasSize(2); // one a variant: it is tried again
    assertThat(failures.get(0))
        .startsWith(
            "small, state of the world: go-control-plane, linear cache: did not serve 4 streams: lost ");
    for (String variant : List.of("state of the world", "incremental")) {
      assertThat(section(variant))
          .containsPattern("\\| go-control-plane, linear cache: did not serve 4 streams")
          .containsPattern("\\| the floor +\\| +[0-9.]+ \\|");
    }
  }

  @Test
  void aServerThatEndsAtOnceIsSaidToHaveNotStarted() throws Exception {
    List<String> failures = run("stalled", "exit 1\n");
    assertThat(failures)
        .hasSize(2)
        .allSatisfy(line ->
            assertThat(line)
                .endsWith(
                    ": go-control-plane, linear cache: did not start:"
                        + " ended (expected: an answer, ready)"));
    assertThat(section("incremental"))
        .contains("did not start")
        .containsPattern("\\| the floor +\\| +delta");
  }

  @Test
  void whatItCostsThatEveryProxyDiffersIsSetBesideTheSameFleetWithout() throws Exception {
    assertThat(run("own", "exit 0", "floor,tuned", "sotw")).isEmpty();
    assertThat(out.toString(StandardCharsets.UTF_8).split("### own, state of the world", -1))
        .hasSize(4);
    assertThat(section("state of the world: a cluster of its own for each of 4 proxies"))
        .containsPattern("\\| java-control-plane, tuned +\\|( +[-0-9.]+ \\|){6}")
        .contains("| the floor: has one configuration for all proxies |");
  }

  @Test
  void aStepOverManyVirtualHostsIsMeasuredWithoutAServer() throws Exception {
    assertThat(run("overlay", "exit 1")).isEmpty();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("### overlay: one weight among 4 virtual hosts; medians of 15 steps")
        .containsPattern("\\| a base's, in 4 RouteConfigurations +\\|( +[0-9.]+ \\|){8}")
        .containsPattern("\\| Serin's own services, on one port +\\|( +[0-9.]+ \\|){5}");
  }

  /** The failing server comes first: nothing of the one after it may be missing. */
  private List<String> run(String scenario, String script)
      throws IOException, InterruptedException {
    return run(scenario, script, "linear,floor", "sotw,delta");
  }

  private List<String> run(String scenario, String script, String servers, String variants)
      throws IOException, InterruptedException {
    Path program =
        Files.createFile(
            folder.resolve("peers"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.writeString(program, "#!/bin/sh\n" + script);
    Options options =
        Options.parse(
            new String[] {
              scenario,
              "-n",
              "4",
              "--pushes",
              "1",
              "--warm-up",
              "1",
              "--heap",
              "256m",
              "--servers",
              servers,
              "--variants",
              variants
            },
            Optional.of(program));
    return Main.run(options, new PrintStream(out, true, StandardCharsets.UTF_8)).all();
  }

  private String section(String variant) {
    return Arrays.stream(out.toString(StandardCharsets.UTF_8).split("### ", -1))
        .filter(part -> part.contains(", " + variant))
        .findFirst()
        .orElseThrow();
  }
}

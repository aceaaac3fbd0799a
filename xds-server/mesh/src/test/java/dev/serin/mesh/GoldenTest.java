package dev.serin.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every folder of {@code src/test/golden} is a case: {@code input.json}, and per proxy of it the
 * resources that the proxy is served. {@code -Dgolden.update=true} writes what is rendered now.
 */
final class GoldenTest {
  private static final Path GOLDEN = Path.of("src", "test", "golden");

  @TestFactory
  List<DynamicTest> rendersAsRecorded() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (Stream<Path> cases = Files.list(GOLDEN)) {
      for (Path folder : cases.sorted().toList()) {
        GoldenInput input = GoldenInput.parse(Files.readString(folder.resolve("input.json")));
        MeshConfig config = MeshConfig.of(input.services(), input.plans());
        input
            .proxies()
            .forEach((proxy, group) ->
                tests.add(
                    dynamicTest(
                        folder.getFileName() + "/" + proxy,
                        () -> check(folder.resolve(proxy + ".json"), config, group))));
      }
    }
    assertThat(tests).isNotEmpty();
    return tests;
  }

  @TestFactory
  List<DynamicTest> noRecordWithoutAProxyInTheInput() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (Stream<Path> cases = Files.list(GOLDEN)) {
      for (Path folder : cases.sorted().toList()) {
        GoldenInput input = GoldenInput.parse(Files.readString(folder.resolve("input.json")));
        tests.add(
            dynamicTest(
                folder.getFileName().toString(),
                () -> {
                  try (Stream<Path> files = Files.list(folder)) {
                    assertThat(files.map(f -> f.getFileName().toString().replace(".json", "")))
                        .containsOnlyOnceElementsOf(input.proxies().keySet())
                        .hasSize(input.proxies().size() + 1);
                  }
                }));
      }
    }
    return tests;
  }

  private static void check(Path file, MeshConfig config, ProxyGroup group) throws IOException {
    String rendered = GoldenPrinter.print(config, group);
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(file, rendered);
    }
    assertThat(rendered).isEqualTo(Files.readString(file));
  }
}

package dev.serin.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.text.Problem.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What the repository offers to copy must be free of mistakes. */
final class ShippedPoliciesTest {

  private static final Path FOLDER = Path.of("../../envoy-configs/policies");

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  @TestFactory
  List<DynamicTest> fileHasNoErrorAndNoWarningButNotSticky() throws IOException {
    List<DynamicTest> tests =
        files().stream()
            .map(f -> DynamicTest.dynamicTest(String.valueOf(f.getFileName()), () -> check(f)))
            .toList();
    assertThat(tests).isNotEmpty();
    return tests;
  }

  private static void check(Path file) {
    Reading reading = ResourceReader.readFiles(List.of(file));
    assertThat(reading.resources()).isNotEmpty();
    assertThat(reading.problems())
        .allMatch(p -> !p.isError() && p.code() == Code.NOT_STICKY, "a warning of NOT_STICKY");
  }

  @Test
  void filesTogetherNameNothingThatIsMissing() throws IOException {
    Reading reading = ResourceReader.readFiles(files());
    assertThat(reading.hasErrors()).as("%s", reading.problems()).isFalse();
    assertThat(References.check(reading.resources(), Catalog.EMPTY, References.Mode.APPLY))
        .isEmpty();
  }
}

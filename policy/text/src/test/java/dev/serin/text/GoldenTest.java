package dev.serin.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Each file of src/test/golden is read; what came out stands beside it. {@code
 * -Dgolden.update=true} writes it anew.
 */
final class GoldenTest {

  private static final Path FOLDER = Path.of("src/test/golden");
  private static final boolean UPDATE = Boolean.getBoolean("golden.update");

  @TestFactory
  List<DynamicTest> whatIsReadIsWhatIsExpected() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      List<DynamicTest> tests =
          files
              .filter(f -> f.toString().endsWith(".yaml") || f.toString().endsWith(".json"))
              .filter(f -> !f.toString().endsWith(".canonical.json"))
              .sorted()
              .map(f -> DynamicTest.dynamicTest(f.getFileName().toString(), () -> check(f)))
              .toList();
      assertThat(tests).isNotEmpty();
      return tests;
    }
  }

  private static void check(Path input) throws IOException {
    Path name = input.getFileName();
    Reading reading =
        ResourceReader.read(name == null ? "" : name.toString(), Files.readString(input));
    String problems = reading.problems().stream().map(p -> p + "\n").collect(Collectors.joining());
    String canonical =
        reading.resources().stream().map(GoldenTest::json).collect(Collectors.joining("\n"));
    String stem = input.toString().replaceFirst("\\.(yaml|json)$", "");
    compare(Path.of(stem + ".problems.txt"), problems);
    compare(Path.of(stem + ".canonical.json"), canonical);
    // The canonical form is a form that is taken too, and says the same.
    Reading again = ResourceReader.read("canonical.json", canonical);
    assertThat(again.resources().stream().map(GoldenTest::record).toList())
        .isEqualTo(reading.resources().stream().map(GoldenTest::record).toList());
    assertThat(again.problems()).noneMatch(Problem::isError);
  }

  private static Object record(Parsed parsed) {
    return switch (parsed) {
      case Parsed.Service s -> s.service();
      case Parsed.Policy p -> p.policy();
      case Parsed.Freeze f -> f.freeze();
      case Parsed.Channel n -> n.channel();
      case Parsed.Release r -> r.release();
      case Parsed.Rollout r -> r.rollout();
    };
  }

  private static String json(Parsed parsed) {
    try {
      return JsonFormat.printer().print(parsed.message()) + "\n";
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static void compare(Path expected, String actual) throws IOException {
    if (UPDATE) {
      if (actual.isEmpty()) {
        Files.deleteIfExists(expected);
      } else {
        Files.writeString(expected, actual);
      }
      return;
    }
    String wanted = Files.exists(expected) ? Files.readString(expected) : "";
    assertThat(actual).as("%s (rewrite with -Dgolden.update=true)", expected).isEqualTo(wanted);
  }
}

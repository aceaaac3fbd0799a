package dev.serin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The plan in the README is what the command prints. */
final class ReadmePlanTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern SHOWN =
      Pattern.compile("\\./serin plan ([^\n]*)\n```\n```\n(.*?)```", Pattern.DOTALL);

  @Test
  void theReadmeShowsWhatThePlanOfTheShippedBaseSays() throws IOException {
    Matcher shown = SHOWN.matcher(Files.readString(ROOT.resolve("README.md")));
    assertThat(shown.find()).isTrue();
    String[] arguments =
        ("plan " + shown.group(1).replace("envoy-configs/", ROOT + "/envoy-configs/")).split(" ");

    Called called = Called.serin(arguments);
    assertThat(called.err()).isEmpty();
    assertThat(called.exit()).isZero();
    assertThat(called.out().replace(ROOT + "/", "")).isEqualTo(shown.group(2));
  }
}

package dev.serin.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.Resources;
import dev.serin.text.Problem;
import dev.serin.text.ResourceReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The policy that the demo prints is one that anybody could apply. */
final class DemoPolicyTest {

  /** Two keys moved in the grammar once, and the demo was the last to hear of it. */
  @Test
  void theDemosPolicyIsReadWithoutAnError() throws IOException {
    String policy =
        Resources.toString(
            Resources.getResource(Demo.class, "policy.yaml"), StandardCharsets.UTF_8);
    assertThat(ResourceReader.read("policy.yaml", policy).problems()).noneMatch(Problem::isError);
  }
}

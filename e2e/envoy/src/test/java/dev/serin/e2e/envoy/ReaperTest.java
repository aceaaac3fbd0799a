package dev.serin.e2e.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReaperTest {

  /** A JVM with two watched children, one of which has ended before it prints the other's id. */
  static final class Parent {

    private Parent() {}

    public static void main(String[] args) throws IOException, InterruptedException {
      Process ended = sleeping("0");
      Process living = sleeping("600");
      ended.waitFor();
      System.out.println(living.pid());
      System.out.flush();
      living.waitFor();
    }

    private static Process sleeping(String seconds) throws IOException {
      Process process = new ProcessBuilder("sleep", seconds).start();
      Reaper.watch(process);
      return process;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void childEndsWithItsParentHoweverThatEnds(boolean killed) throws Exception {
    Process parent =
        new ProcessBuilder(
                ImmutableList.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Parent.class.getName()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8))) {
      ProcessHandle child = ProcessHandle.of(Long.parseLong(lines.readLine())).orElseThrow();
      assertThat(child.isAlive()).isTrue();
      if (killed) {
        parent.destroyForcibly();
      } else {
        parent.destroy();
      }
      assertThat(child.onExit().get(10, TimeUnit.SECONDS)).isNotNull();
    } finally {
      parent.destroyForcibly().waitFor();
    }
  }

  @Test
  void programThatDoesNotEndInTimeIsAResult() throws Exception {
    assertThat(
            Commands.onThisMachine()
                .run(java.time.Duration.ofMillis(50), ImmutableList.of("sleep", "600")))
        .isEqualTo(new Commands.Ended(-1, "sleep: no end after 0 s"));
  }
}

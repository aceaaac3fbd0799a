package dev.serin.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class OptionsTest {
  @Test
  void withoutArgumentsEverythingIsRunAtItsOwnSize() {
    Options options = Options.parse(new String[0]);
    assertThat(options.scenarios()).containsExactly(Scenario.values());
    assertThat(options.pushes()).isEqualTo(7);
    assertThat(options.streams()).isEmpty();
    assertThat(options.variants()).containsExactly("sotw", "delta");
  }

  @Test
  void serversWrittenInGoAreLeftOutWithoutTheirProgramAndThatIsSaid() {
    Options options = Options.parse(new String[0]);
    assertThat(options.servers()).noneMatch(ServerKind::isGo).contains(ServerKind.SERIN);
    assertThat(options.skipped()).isTrue();
  }

  @Test
  void aShortRunIsAskedForByFlags() {
    Options options =
        Options.parse(
            new String[] {
              "small", "nack", "--servers", "serin,floor", "-n", "50", "--variants", "delta"
            });
    assertThat(options.scenarios()).containsExactly(Scenario.SMALL, Scenario.NACK);
    assertThat(options.servers()).containsExactly(ServerKind.SERIN, ServerKind.FLOOR);
    assertThat(options.streams()).hasValue(50);
    assertThat(options.variants()).containsExactly("delta");
  }

  @Test
  void whatIsWrongIsSaidWithWhatIsRight() {
    assertThatThrownBy(() -> Options.parse(new String[] {"huge"}))
        .hasMessageContaining("scenario: \"huge\"");
    assertThatThrownBy(() -> Options.parse(new String[] {"--servers", "istio"}))
        .hasMessageContaining("server: \"istio\"");
    assertThatThrownBy(() -> Options.parse(new String[] {"-n", "0"}))
        .hasMessage("-n: 0 (expected: 1 or more)");
    assertThatThrownBy(() -> Options.parse(new String[] {"--pushes"}))
        .hasMessage("--pushes: no value (expected: one)");
    assertThatThrownBy(() -> Options.parse(new String[] {"--variants", "grpc"}))
        .hasMessageContaining("expected: of sotw, delta");
  }
}

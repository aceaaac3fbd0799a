package dev.serin.e2e.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

final class EnvoyConditionTest {

  private static final EnvoyLookup NONE =
      new EnvoyLookup.NotFound(ImmutableList.of("PATH: nothing", "Docker: no daemon"));

  @Test
  void testWithoutEnvoyIsSkippedWithEverythingThatWasTried() {
    var result = EnvoyCondition.decide(NONE, false);
    assertThat(result.isDisabled()).isTrue();
    assertThat(result.getReason().orElseThrow()).contains("PATH: nothing", "Docker: no daemon");
  }

  @Test
  void testWithoutEnvoyFailsWhereOneIsRequired() {
    assertThatExceptionOfType(ExtensionConfigurationException.class)
        .isThrownBy(() -> EnvoyCondition.decide(NONE, true))
        .withMessageContainingAll("SERIN_REQUIRE_ENVOY=1", "PATH: nothing");
  }
}

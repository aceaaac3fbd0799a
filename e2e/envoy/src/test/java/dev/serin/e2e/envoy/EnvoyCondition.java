package dev.serin.e2e.envoy;

import java.io.PrintStream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Looks for Envoy once a JVM and decides about the tests that need it. */
final class EnvoyCondition implements ExecutionCondition, ParameterResolver {

  /** Looked up when the first test asks. */
  private static final class Machine {
    static final EnvoyLookup LOOKUP = lookUp();
  }

  private static EnvoyLookup lookUp() {
    try {
      return EnvoyBinary.locate(standardError()::println);
    } catch (InterruptedException e) {
      throw new ExtensionConfigurationException("interrupted while looking for Envoy", e);
    }
  }

  /** Reports get lost in files; who runs the tests reads this. */
  private static PrintStream standardError() {
    return System.err;
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    ConditionEvaluationResult result =
        decide(Machine.LOOKUP, "1".equals(System.getenv("SERIN_REQUIRE_ENVOY")));
    if (result.isDisabled()) {
      standardError()
          .println("SKIPPED " + context.getDisplayName() + ": " + result.getReason().orElse(""));
    }
    return result;
  }

  /**
   * Runs or skips a test.
   *
   * @throws ExtensionConfigurationException where an Envoy is required and there is none; the test
   *     fails with it
   */
  static ConditionEvaluationResult decide(EnvoyLookup lookup, boolean required) {
    return switch (lookup) {
      case EnvoyLookup.Found found -> ConditionEvaluationResult.enabled(found.toString());
      case EnvoyLookup.NotFound notFound -> {
        if (required) {
          throw new ExtensionConfigurationException("SERIN_REQUIRE_ENVOY=1, but " + notFound);
        }
        yield ConditionEvaluationResult.disabled("a test needs Envoy, and " + notFound);
      }
    };
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == EnvoyRunner.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return switch (Machine.LOOKUP) {
      case EnvoyLookup.Found found -> found.runner();
      case EnvoyLookup.NotFound notFound ->
          throw new ExtensionConfigurationException(notFound.toString());
    };
  }
}

package dev.serin.cli;

import dev.serin.policy.ResourceName;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code -n TENANT}. */
final class Tenant {
  @Option(
      names = {"-n", "--tenant"},
      paramLabel = "TENANT",
      description = "The tenant; lists show every tenant without it (SERIN_TENANT).")
  @Nullable String tenant = System.getenv("SERIN_TENANT");

  String name() {
    return tenant == null || tenant.isEmpty() ? ResourceName.DEFAULT_TENANT : tenant;
  }

  /** The tenant, or {@code -} for all where none was named. */
  String orAll() {
    return tenant == null || tenant.isEmpty() ? "-" : tenant;
  }
}

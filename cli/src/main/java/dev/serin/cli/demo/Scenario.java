package dev.serin.cli.demo;

import com.google.common.collect.ImmutableList;

/** Which releases a demo makes. */
public enum Scenario {
  /** {@code v2}, which is as good as {@code v1}. */
  good(ImmutableList.of(Scenario.GOOD)),
  /** {@code v3}, which fails and is slow. */
  bad(ImmutableList.of(Scenario.BAD)),
  /** One after the other. */
  all(ImmutableList.of(Scenario.GOOD, Scenario.BAD));

  static final String STABLE = "v1";
  static final String GOOD = "v2";
  static final String BAD = "v3";

  private final ImmutableList<String> versions;

  Scenario(ImmutableList<String> versions) {
    this.versions = versions;
  }

  ImmutableList<String> versions() {
    return versions;
  }
}

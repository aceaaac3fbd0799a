package dev.serin.server.config;

import com.google.common.base.CaseFormat;
import com.google.common.base.Splitter;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One row of the table: a key, and from it the flag and the variable.
 *
 * @param key dotted, such as {@code xds.tls.clientCa}
 * @param fallback the text of the default, from the environment; empty: none
 */
record Setting<T>(String key, Kind<T> kind, Function<Map<String, String>, String> fallback) {

  private static final Splitter DOTS = Splitter.on('.');

  static <T> Setting<T> of(String key, Kind<T> kind, String fallback) {
    return new Setting<>(key, kind, unused -> fallback);
  }

  /** {@code --xds.tls.clientCa}. */
  String flag() {
    return "--" + key;
  }

  /** {@code SERIN_XDS_TLS_CLIENT_CA}. */
  String variable() {
    return DOTS.splitToStream(key)
        .map(word -> CaseFormat.LOWER_CAMEL.to(CaseFormat.UPPER_UNDERSCORE, word))
        .collect(Collectors.joining("_", Settings.VARIABLE_PREFIX, ""));
  }
}

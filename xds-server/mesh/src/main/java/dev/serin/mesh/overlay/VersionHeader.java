package dev.serin.mesh.overlay;

import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import java.util.List;

/** The header that says, on a request and on its answer, which version was chosen. */
public final class VersionHeader {
  public static final String NAME = "x-serin-version";

  private VersionHeader() {}

  /** Overwrites whatever a client or an upstream says, so neither can pretend. */
  public static HeaderValueOption of(String version) {
    return HeaderValueOption.newBuilder()
        // Envoy reads a lone % as the start of a command, some of which print its environment.
        .setHeader(HeaderValue.newBuilder().setKey(NAME).setValue(version.replace("%", "%%")))
        .setAppendAction(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)
        .build();
  }

  static List<HeaderValueOption> without(List<HeaderValueOption> headers) {
    return headers.stream()
        .filter(option -> !option.getHeader().getKey().equalsIgnoreCase(NAME))
        .toList();
  }
}

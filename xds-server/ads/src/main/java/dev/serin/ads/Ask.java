package dev.serin.ads;

import com.google.common.collect.ImmutableMap;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request of either variant, as far as the protocol's state depends on it. */
sealed interface Ask {
  /** Present in a stream's first message. */
  @Nullable Node node();

  String typeUrl();

  /** The nonce of the response that is answered; empty in an initial or spontaneous request. */
  String nonce();

  /** The client's words when it rejects that response. */
  @Nullable String error();

  /**
   * A state-of-the-world request.
   *
   * @param names every name that is asked for
   * @param versionInfo the version that the client uses
   */
  record Full(
      @Nullable Node node,
      String typeUrl,
      String nonce,
      @Nullable String error,
      List<String> names,
      String versionInfo)
      implements Ask {}

  /**
   * An incremental request.
   *
   * @param initialVersions what the client brings from an earlier stream, by name
   */
  record Delta(
      @Nullable Node node,
      String typeUrl,
      String nonce,
      @Nullable String error,
      List<String> subscribe,
      List<String> unsubscribe,
      ImmutableMap<String, String> initialVersions)
      implements Ask {}
}

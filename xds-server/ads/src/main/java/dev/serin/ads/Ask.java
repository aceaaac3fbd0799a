package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/** A request of either variant, as far as the protocol's state depends on it. */
sealed interface Ask {
  /** The encoded node. Present in a stream's first message, and not looked at in later ones. */
  @Nullable ByteString node();

  String typeUrl();

  /** The nonce of the response that is answered; empty in an initial or spontaneous request. */
  String nonce();

  /** The client's words when it rejects that response. */
  @Nullable String error();

  /**
   * The same of a type. A service of one type need not be told which (comment on {@code
   * DiscoveryRequest.type_url}).
   */
  Ask withType(String type);

  /**
   * A state-of-the-world request.
   *
   * @param names every name that is asked for
   * @param versionInfo the version that the client uses
   */
  record Full(
      @Nullable ByteString node,
      String typeUrl,
      String nonce,
      @Nullable String error,
      NameList names,
      String versionInfo)
      implements Ask {
    @Override
    public Ask withType(String type) {
      return new Full(node, type, nonce, error, names, versionInfo);
    }
  }

  /**
   * An incremental request.
   *
   * @param initialVersions what the client brings from an earlier stream, by name
   */
  record Delta(
      @Nullable ByteString node,
      String typeUrl,
      String nonce,
      @Nullable String error,
      ImmutableList<String> subscribe,
      ImmutableList<String> unsubscribe,
      ImmutableMap<String, String> initialVersions)
      implements Ask {
    @Override
    public Ask withType(String type) {
      return new Delta(node, type, nonce, error, subscribe, unsubscribe, initialVersions);
    }
  }

  /** Bytes that are no request. */
  record Malformed(String problem) implements Ask {
    @Override
    public @Nullable ByteString node() {
      return null;
    }

    @Override
    public String typeUrl() {
      return "";
    }

    @Override
    public String nonce() {
      return "";
    }

    @Override
    public @Nullable String error() {
      return null;
    }

    @Override
    public Ask withType(String type) {
      return this;
    }
  }
}

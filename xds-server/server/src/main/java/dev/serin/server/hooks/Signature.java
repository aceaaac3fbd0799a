package dev.serin.server.hooks;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;

/** The signature of a call: HMAC-SHA-256 over its body (RFC 2104), in hexadecimal. */
public final class Signature {

  private Signature() {}

  /** As the header has it: {@code sha256=HEX}. */
  public static String of(String key, byte[] body) {
    return "sha256=" + Hashing.hmacSha256(key.getBytes(StandardCharsets.UTF_8)).hashBytes(body);
  }
}

package dev.serin.spi;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;

/** The signature of a call: HMAC-SHA-256 over its body (RFC 2104), in hexadecimal. */
public final class Signature {

  /** The header that carries it. */
  public static final String HEADER = "x-serin-signature";

  /** The header of what is the same each time the same is sent. */
  public static final String ID = "x-serin-id";

  private Signature() {}

  /** As the header has it: {@code sha256=HEX}. */
  public static String of(String key, byte[] body) {
    return "sha256=" + Hashing.hmacSha256(key.getBytes(StandardCharsets.UTF_8)).hashBytes(body);
  }
}

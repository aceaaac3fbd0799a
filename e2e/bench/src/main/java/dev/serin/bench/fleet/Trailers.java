package dev.serin.bench.fleet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Why a server ended a stream, in words; read only then. */
final class Trailers {
  private Trailers() {}

  static String read(@Nullable ByteBuf block) {
    if (block == null) {
      return "without trailers";
    }
    try {
      Http2Headers headers =
          new DefaultHttp2HeadersDecoder(false).decodeHeaders(1, Unpooled.copiedBuffer(block));
      return "grpc-status " + headers.get("grpc-status") + ", " + headers.get("grpc-message");
    } catch (Http2Exception e) {
      return "with trailers that cannot be read: " + e.getMessage();
    }
  }

  /** Whatever of it is text. */
  static String text(@Nullable ByteBuf payload) {
    return payload == null
        ? ""
        : payload.toString(StandardCharsets.US_ASCII).replaceAll("[^\\x20-\\x7e]+", " ").trim();
  }
}

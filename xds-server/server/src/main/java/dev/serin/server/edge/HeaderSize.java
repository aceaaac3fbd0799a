package dev.serin.server.edge;

import io.grpc.Metadata;
import java.util.List;

/** How large a call's headers are, as HTTP/2 counts them (RFC 9113, 6.5.2). */
final class HeaderSize {
  /** "plus an overhead of 32 octets for each field". */
  private static final int OVERHEAD = 32;

  private HeaderSize() {}

  static int of(Metadata headers) {
    int size = 0;
    for (String name : headers.keys()) {
      int each = name.length() + OVERHEAD;
      if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
        var values = headers.getAll(Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER));
        for (byte[] value : values == null ? List.<byte[]>of() : values) {
          size += each + value.length;
        }
      } else {
        var values = headers.getAll(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
        for (String value : values == null ? List.<String>of() : values) {
          size += each + value.length();
        }
      }
    }
    return size;
  }
}

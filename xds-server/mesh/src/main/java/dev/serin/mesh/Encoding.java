package dev.serin.mesh;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * Bytes of a message that depend on its content alone: map fields are written in the order of their
 * keys, so that equal content has an equal hash on every replica.
 */
public final class Encoding {
  private Encoding() {}

  public static ByteString bytes(MessageLite message) {
    byte[] bytes = new byte[message.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      message.writeTo(out);
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new UncheckedIOException("an array of the message's own size was too small", e);
    }
    return com.google.protobuf.UnsafeByteOperations.unsafeWrap(bytes);
  }

  /** All of them one after the other, in one piece of memory. */
  static ByteString together(List<ByteString> parts) {
    byte[] all = new byte[parts.stream().mapToInt(ByteString::size).sum()];
    int at = 0;
    for (ByteString part : parts) {
      part.copyTo(all, at);
      at += part.size();
    }
    return com.google.protobuf.UnsafeByteOperations.unsafeWrap(all);
  }

  static Any any(com.google.protobuf.Message message) {
    return Any.newBuilder()
        .setTypeUrl("type.googleapis.com/" + message.getDescriptorForType().getFullName())
        .setValue(bytes(message))
        .build();
  }
}

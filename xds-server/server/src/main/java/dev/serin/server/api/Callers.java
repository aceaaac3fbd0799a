package dev.serin.server.api;

import com.google.common.collect.ImmutableSortedSet;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import dev.serin.rollout.By;
import dev.serin.server.control.Control;
import dev.serin.server.edge.Actor;
import java.io.IOException;
import java.util.Optional;

/** Who calls, and why, as the journal keeps it. */
final class Callers {
  private static final int MAX_REASON = 1_000;
  private static final int MAX_REQUEST_ID = 100;

  private Callers() {}

  static By by(String reason, String requestId) {
    bounded("reason", reason, MAX_REASON);
    bounded("request_id", requestId, MAX_REQUEST_ID);
    return new By(Actor.current().name(), reason, requestId);
  }

  /** What the caller may decide; empty where the server knows nobody's roles. */
  static Optional<ImmutableSortedSet<String>> roles() {
    return Actor.current().roles();
  }

  /** A call under the id that it has, if any: the same one again does nothing. */
  static Control.Terms terms(Message request, String requestId) {
    if (requestId.isEmpty()) {
      return Control.Terms.NONE;
    }
    Hasher hasher = Hashing.sha256().newHasher();
    hasher.putUnencodedChars(Actor.current().name());
    hasher.putUnencodedChars(request.getDescriptorForType().getFullName());
    hasher.putBytes(deterministic(request));
    return new Control.Terms(requestId, hasher.hash().toString(), catalog -> Optional.empty());
  }

  /** Maps are written in the order of their keys: the same request is the same bytes. */
  private static byte[] deterministic(Message request) {
    byte[] bytes = new byte[request.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      request.writeTo(out);
      out.checkNoSpaceLeft();
    } catch (IOException impossible) {
      throw new IllegalStateException("an array that is too small", impossible);
    }
    return bytes;
  }

  private static void bounded(String field, String text, int max) {
    if (text.length() > max || text.chars().anyMatch(c -> c < ' ' && c != '\n')) {
      throw Replies.badField(
          field, text.length() + " characters (expected: at most " + max + ", printable)");
    }
  }
}

package dev.serin.server.upstream;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.hash.Hashing;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.serin.mesh.TypeUrls;
import java.io.IOException;

/**
 * The names of resources that come without one, as in state-of-the-world responses. Every type of
 * Envoy's has its name in field 1; of other types nothing is known.
 */
final class ResourceNames {
  private static final int NAME = 1;
  private static final ImmutableSet<String> NAMED =
      ImmutableSet.of(
          TypeUrls.CLUSTER,
          TypeUrls.ENDPOINTS,
          TypeUrls.LISTENER,
          TypeUrls.ROUTES,
          TypeUrls.SCOPED_ROUTES,
          TypeUrls.VIRTUAL_HOST,
          TypeUrls.RUNTIME,
          TypeUrls.SECRET,
          TypeUrls.EXTENSION);

  private ResourceNames() {}

  /**
   * The name of a resource. One of a type that is not known goes by the one name that was asked
   * for, or by its content: enough to pass it on as it came.
   */
  static String of(Any body, ImmutableSortedSet<String> asked)
      throws InvalidProtocolBufferException {
    if (NAMED.contains(body.getTypeUrl())) {
      return first(body.getValue());
    }
    return asked.size() == 1
        ? asked.first()
        : Hashing.sha256().hashBytes(body.getValue().toByteArray()).toString().substring(0, 16);
  }

  private static String first(ByteString message) throws InvalidProtocolBufferException {
    String name = "";
    try {
      CodedInputStream in = message.newCodedInput();
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (WireFormat.getTagFieldNumber(tag) == NAME
            && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
          name = in.readStringRequireUtf8();
        } else if (!in.skipField(tag)) {
          throw new InvalidProtocolBufferException("a group ends that never began");
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw e;
    } catch (IOException e) {
      throw new InvalidProtocolBufferException(e);
    }
    if (name.isEmpty()) {
      throw new InvalidProtocolBufferException("a resource without a name (expected: one)");
    }
    return name;
  }
}

package dev.serin.mesh;

import com.google.protobuf.Any;
import com.google.protobuf.CodedOutputStream;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The bytes that make a resource's value an element of a response. With them a response is put
 * together of shared bytes: nothing is encoded a second time, for whichever stream.
 */
final class ResourceFraming {
  private static final int LENGTH_DELIMITED = 2;
  private static final int NAME =
      io.envoyproxy.envoy.service.discovery.v3.Resource.NAME_FIELD_NUMBER;
  private static final int VERSION =
      io.envoyproxy.envoy.service.discovery.v3.Resource.VERSION_FIELD_NUMBER;
  private static final int ALIASES =
      io.envoyproxy.envoy.service.discovery.v3.Resource.ALIASES_FIELD_NUMBER;
  private static final int RESOURCE =
      io.envoyproxy.envoy.service.discovery.v3.Resource.RESOURCE_FIELD_NUMBER;

  private ResourceFraming() {}

  static byte[] full(Resource resource) {
    int any = anySize(resource);
    return written(
        size(DiscoveryResponse.RESOURCES_FIELD_NUMBER, any) - resource.value().size(),
        out -> {
          open(out, DiscoveryResponse.RESOURCES_FIELD_NUMBER, any);
          openAny(out, resource);
        });
  }

  static byte[] delta(Resource resource) {
    int any = anySize(resource);
    int aliases =
        resource.aliases().stream()
            .mapToInt(alias -> CodedOutputStream.computeStringSize(ALIASES, alias))
            .sum();
    int whole =
        aliases
            + CodedOutputStream.computeStringSize(NAME, resource.name())
            + CodedOutputStream.computeStringSize(VERSION, resource.version())
            + (resource.isUnresolved() ? 0 : size(RESOURCE, any));
    return written(
        size(DeltaDiscoveryResponse.RESOURCES_FIELD_NUMBER, whole) - resource.value().size(),
        out -> {
          open(out, DeltaDiscoveryResponse.RESOURCES_FIELD_NUMBER, whole);
          out.writeString(NAME, resource.name());
          for (String alias : resource.aliases()) {
            out.writeString(ALIASES, alias);
          }
          out.writeString(VERSION, resource.version());
          if (!resource.isUnresolved()) {
            open(out, RESOURCE, any);
            openAny(out, resource);
          }
        });
  }

  private static int anySize(Resource resource) {
    return CodedOutputStream.computeStringSize(Any.TYPE_URL_FIELD_NUMBER, resource.typeUrl())
        + size(Any.VALUE_FIELD_NUMBER, resource.value().size());
  }

  /** Of a field whose content has so many bytes, tag and length included. */
  private static int size(int field, int content) {
    return CodedOutputStream.computeTagSize(field)
        + CodedOutputStream.computeUInt32SizeNoTag(content)
        + content;
  }

  private static void openAny(CodedOutputStream out, Resource resource) throws IOException {
    out.writeString(Any.TYPE_URL_FIELD_NUMBER, resource.typeUrl());
    open(out, Any.VALUE_FIELD_NUMBER, resource.value().size());
  }

  private static void open(CodedOutputStream out, int field, int content) throws IOException {
    out.writeTag(field, LENGTH_DELIMITED);
    out.writeUInt32NoTag(content);
  }

  private interface Writing {
    void to(CodedOutputStream out) throws IOException;
  }

  private static byte[] written(int size, Writing writing) {
    byte[] bytes = new byte[size];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      writing.to(out);
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new UncheckedIOException("the computed size is not the written one", e);
    }
    return bytes;
  }
}

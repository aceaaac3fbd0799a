package dev.serin.server.edge;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.ErrorDetailsProto;
import com.linecorp.armeria.common.grpc.GrpcJsonMarshaller;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Protobuf's own JSON, the same that the command line prints: fields without presence are left out
 * at their defaults, 64-bit numbers are strings, and an unknown field of a request is an error.
 */
final class ProtoJson implements GrpcJsonMarshaller {

  /** Numbers keep their digits: a double would round what protobuf reads exactly. */
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private final JsonFormat.Printer printer;
  private final JsonFormat.Parser parser;

  /**
   * @param messages those that an {@code Any} may hold
   */
  ProtoJson(Iterable<Descriptor> messages) {
    TypeRegistry types =
        TypeRegistry.newBuilder()
            .add(ErrorDetailsProto.getDescriptor().getMessageTypes())
            .add(messages)
            .build();
    this.printer = JsonFormat.printer().usingTypeRegistry(types).omittingInsignificantWhitespace();
    this.parser = JsonFormat.parser().usingTypeRegistry(types);
  }

  @Override
  public <T> void serializeMessage(Marshaller<T> marshaller, T message, OutputStream out)
      throws IOException {
    out.write(printer.print((Message) message).getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public <T> T deserializeMessage(Marshaller<T> marshaller, InputStream in) throws IOException {
    if (!(marshaller instanceof PrototypeMarshaller<T> prototypes)
        || !(prototypes.getMessagePrototype() instanceof Message prototype)) {
      throw new IllegalStateException("a method without protobuf messages: " + marshaller);
    }
    Message.Builder builder = prototype.newBuilderForType();
    try {
      parser.merge(oneNameAField(in, prototype.getDescriptorForType()), builder);
    } catch (IOException e) {
      throw Status.INVALID_ARGUMENT
          .withDescription(e.getMessage())
          .withCause(e)
          .asRuntimeException();
    }
    return prototypes.getMessageClass().cast(builder.build());
  }

  /**
   * A binding puts the body under the field's name as it is in the proto, and a variable of the
   * path below its name in JSON: {@code canary_policy} and {@code canaryPolicy} are one field, in
   * which the path's word counts.
   */
  private static String oneNameAField(InputStream in, Descriptor type) throws IOException {
    JsonNode root = JSON.readTree(in);
    if (!(root instanceof ObjectNode request)) {
      return root.toString();
    }
    for (FieldDescriptor field : type.getFields()) {
      boolean twice =
          !field.getName().equals(field.getJsonName())
              && request.get(field.getName()) instanceof ObjectNode
              && request.get(field.getJsonName()) instanceof ObjectNode;
      if (twice) {
        ObjectNode body = request.withObject("/" + field.getName());
        body.setAll(request.withObject("/" + field.getJsonName()));
        request.remove(field.getJsonName());
      }
    }
    return request.toString();
  }
}

package dev.serin.ads;

import com.google.common.io.ByteStreams;
import dev.serin.ads.StreamState.Variant;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Function;

/**
 * The methods of the discovery services with marshallers of our own: a request is read as far as it
 * matters, a response is put together of bytes that were encoded when their content changed.
 */
final class Wire {
  private Wire() {}

  /** The generated method, read and written our way. */
  static MethodDescriptor<Ask, Outgoing> method(MethodDescriptor<?, ?> generated, Variant variant) {
    Function<byte[], Ask> read =
        switch (variant) {
          case STATE_OF_THE_WORLD -> RequestReader::full;
          case INCREMENTAL -> RequestReader::delta;
        };
    return MethodDescriptor.<Ask, Outgoing>newBuilder()
        .setType(generated.getType())
        .setFullMethodName(generated.getFullMethodName())
        .setSchemaDescriptor(generated.getSchemaDescriptor())
        .setRequestMarshaller(new Requests(read))
        .setResponseMarshaller(new Responses(variant))
        .build();
  }

  private record Requests(Function<byte[], Ask> read) implements MethodDescriptor.Marshaller<Ask> {
    @Override
    public InputStream stream(Ask value) {
      throw new UnsupportedOperationException("requests are only read here");
    }

    @Override
    public Ask parse(InputStream stream) {
      try {
        return read.apply(stream instanceof KnownLength ? known(stream) : stream.readAllBytes());
      } catch (IOException e) {
        return new Ask.Malformed("message: " + e.getMessage() + " (expected: readable bytes)");
      }
    }
  }

  /** A message of known length is there as a whole, and is read in one piece. */
  private static byte[] known(InputStream stream) throws IOException {
    byte[] bytes = new byte[stream.available()];
    ByteStreams.readFully(stream, bytes);
    return bytes;
  }

  private record Responses(Variant variant) implements MethodDescriptor.Marshaller<Outgoing> {
    @Override
    public InputStream stream(Outgoing value) {
      return new ResponseFrame(variant, value);
    }

    @Override
    public Outgoing parse(InputStream stream) {
      throw new UnsupportedOperationException("responses are only written here");
    }
  }
}

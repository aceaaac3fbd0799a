package dev.serin.server.api;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.serin.server.edge.WatchSource.Event;
import dev.serin.server.edge.WatchSource.Sink;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Reads a watch by server-sent events.
 *
 * @param revision of an event
 * @param type which of its cases an event is
 */
record SinkReader<E extends Message>(
    Sink sink, ToLongFunction<E> revision, Function<E, Enum<?>> type) implements WatchReader<E> {
  @Override
  public boolean isReady() {
    return sink.isReady();
  }

  @Override
  public boolean send(E event) {
    return sink.send(
        new Event(
            Long.toString(revision.applyAsLong(event)),
            type.apply(event).name().toLowerCase(Locale.ROOT),
            json(event)));
  }

  @Override
  public void end() {
    sink.end();
  }

  private static String json(Message event) {
    try {
      return JsonFormat.printer().omittingInsignificantWhitespace().print(event);
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}

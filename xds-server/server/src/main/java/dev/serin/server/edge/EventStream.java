package dev.serin.server.edge;

import com.linecorp.armeria.common.sse.ServerSentEvent;
import com.linecorp.armeria.common.stream.StreamMessage;
import com.linecorp.armeria.common.stream.StreamWriter;
import dev.serin.server.edge.WatchSource.Event;
import dev.serin.server.edge.WatchSource.Sink;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/** One client's events, of which only so many may wait: a client that does not read is cut off. */
final class EventStream implements Sink {

  /** Events that a slow client may have waiting. */
  static final int MAX_WAITING = 256;

  /** From so many on nothing is sent that can be sent later. */
  private static final int ENOUGH_WAITING = MAX_WAITING / 2;

  private final StreamWriter<ServerSentEvent> writer = StreamMessage.streaming();
  private final AtomicInteger waiting = new AtomicInteger();
  private final Executor loop;
  private volatile Runnable again = () -> {};

  /**
   * A stream without events.
   *
   * @param loop runs what waits for room
   */
  EventStream(Executor loop) {
    this.loop = loop;
  }

  @Override
  public boolean send(Event event) {
    return write(
        ServerSentEvent.builder()
            .id(event.revision())
            .event(event.type())
            .data(event.json())
            .build());
  }

  /** Shows the client, and whatever stands between, that the connection lives. */
  void keepAlive() {
    write(ServerSentEvent.ofComment("alive"));
  }

  private boolean write(ServerSentEvent event) {
    if (waiting.incrementAndGet() > MAX_WAITING) {
      writer.close();
      return false;
    }
    return writer.tryWrite(event);
  }

  @Override
  public boolean isReady() {
    return waiting.get() < ENOUGH_WAITING;
  }

  @Override
  public void onReady(Runnable toRun) {
    again = toRun;
  }

  @Override
  public void end() {
    writer.close();
  }

  /** The stream as its one reader sees it. */
  StreamMessage<ServerSentEvent> events() {
    return writer.peek(event -> {
      if (waiting.decrementAndGet() == ENOUGH_WAITING / 2) {
        loop.execute(again);
      }
    });
  }
}

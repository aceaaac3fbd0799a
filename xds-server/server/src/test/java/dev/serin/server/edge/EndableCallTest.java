package dev.serin.server.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.server.edge.testproto.GetNoteRequest;
import dev.serin.server.edge.testproto.Note;
import dev.serin.server.edge.testproto.NotesGrpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EndableCallTest {

  private static final Status GOING = Status.UNAVAILABLE.withDescription("going away");

  /** Notes what is done, and whether two threads ever did something at once. */
  private static final class Call extends ServerCall<GetNoteRequest, Note> {
    private final List<String> done = new CopyOnWriteArrayList<>();
    private final AtomicInteger within = new AtomicInteger();
    private Runnable whileSending = () -> {};
    private volatile boolean overlapped;

    @Override
    public void sendMessage(Note message) {
      enter("message");
      whileSending.run();
      within.decrementAndGet();
    }

    @Override
    public void close(Status status, Metadata trailers) {
      enter(status.getCode().name());
      within.decrementAndGet();
    }

    private void enter(String what) {
      if (within.incrementAndGet() > 1) {
        overlapped = true;
      }
      if (done.isEmpty() || !what.equals(done.getLast())) {
        done.add(what);
      }
    }

    @Override
    public void request(int messages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<GetNoteRequest, Note> getMethodDescriptor() {
      return NotesGrpc.getWatchNotesMethod();
    }
  }

  private final Call call = new Call();
  private final EndableCall<GetNoteRequest, Note> endable = new EndableCall<>(call);

  @Test
  void whatIsEndedWhileNobodySendsEndsAtOnceAndTakesNothingMore() {
    endable.sendMessage(Note.getDefaultInstance());
    endable.end(GOING);
    endable.end(Status.INTERNAL);
    endable.sendMessage(Note.getDefaultInstance());
    endable.close(Status.OK, new Metadata());
    assertThat(call.done).containsExactly("message", "UNAVAILABLE");
    assertThat(endable.endedFromOutside()).isTrue();
  }

  @Test
  void whatIsEndedWhileAMessageIsSentEndsAfterIt() {
    call.whileSending =
        () -> {
          endable.end(GOING);
          assertThat(call.done).containsExactly("message");
        };
    endable.sendMessage(Note.getDefaultInstance());
    assertThat(call.done).containsExactly("message", "UNAVAILABLE");
  }

  @Test
  void whatItsMethodHasEndedIsNotEndedAgain() {
    endable.close(Status.OK, new Metadata());
    endable.end(GOING);
    assertThat(call.done).containsExactly("OK");
  }

  @Test
  void eachResponseStandsForOneAnswer() {
    endable.sendMessage(Note.getDefaultInstance());
    assertThat(endable.takeAnswer()).isTrue();
    assertThat(endable.takeAnswer()).isFalse();
  }

  @RepeatedTest(100)
  void aSenderAndSomebodyWhoEndsItNeverMeet() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    Thread sender =
        Thread.ofPlatform()
            .start(() -> {
              go.countDown();
              for (int i = 0; i < 2_000 && !endable.endedFromOutside(); i++) {
                endable.sendMessage(Note.getDefaultInstance());
              }
              endable.close(Status.OK, new Metadata());
            });
    go.await();
    endable.end(GOING);
    sender.join();
    assertThat(call.overlapped).isFalse();
    assertThat(call.done.stream().filter(what -> !what.equals("message")))
        .as("it ends once, whoever does it")
        .hasSize(1);
    assertThat(call.done.getLast()).isNotEqualTo("message");
  }
}

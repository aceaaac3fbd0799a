package dev.serin.server.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ServerCall;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class WaitingListenerTest {

  private final List<String> heard = new ArrayList<>();
  private final AtomicInteger cancelled = new AtomicInteger();
  private final WaitingListener<String> waiting = new WaitingListener<>(cancelled::incrementAndGet);

  private final ServerCall.Listener<String> real =
      new ServerCall.Listener<>() {
        @Override
        public void onMessage(String message) {
          heard.add(message);
        }

        @Override
        public void onHalfClose() {
          heard.add("half");
        }

        @Override
        public void onReady() {
          heard.add("ready");
        }

        @Override
        public void onCancel() {
          heard.add("cancel");
        }

        @Override
        public void onComplete() {
          heard.add("complete");
        }
      };

  @Test
  void whatHappenedBeforeTheStartIsHeardInOrderAfterIt() {
    waiting.onReady();
    waiting.onHalfClose();
    assertThat(heard).isEmpty();
    waiting.start(real);
    waiting.onMessage("m");
    waiting.onComplete();
    assertThat(heard).containsExactly("ready", "half", "m", "complete");
    assertThat(cancelled).hasValue(0);
  }

  @Test
  void aCallThatIsOverBeforeItStartsIsTold() {
    waiting.onReady();
    waiting.onCancel();
    assertThat(cancelled).hasValue(1);
    assertThat(heard).isEmpty();
  }

  @RepeatedTest(100)
  void nothingIsLostOrHeardOutOfOrderWhileItStarts() throws Exception {
    List<String> said = new ArrayList<>();
    Thread transport =
        Thread.ofPlatform()
            .start(() -> {
              for (int i = 0; i < 500; i++) {
                said.add("m" + i);
                waiting.onMessage("m" + i);
              }
            });
    waiting.start(real);
    transport.join();
    assertThat(heard).isEqualTo(said);
  }
}

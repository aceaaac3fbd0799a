package dev.serin.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import dev.serin.server.edge.WatchSource;
import dev.serin.server.edge.WatchSource.Event;
import dev.serin.server.edge.WatchSource.Opening;
import dev.serin.v1.AnyResource;
import dev.serin.v1.ApplyRequest;
import dev.serin.v1.DeleteRolloutRequest;
import dev.serin.v1.Metadata;
import dev.serin.v1.PauseRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutSpec;
import io.grpc.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RolloutWatchesTest {
  private static final int MANY = 300;
  private static final int ROOM = 7;
  private static final Pattern DRAFT = Pattern.compile("rollouts/draft-\\d+");

  private ApiBench api;

  @BeforeEach
  void open() throws IOException {
    api = new ApiBench();
  }

  @AfterEach
  void end() {
    api.close();
  }

  /** Has room for seven events; one more, and it would be cut off. */
  private static final class SmallSink implements WatchSource.Sink {
    private final List<Event> waiting = new ArrayList<>();
    private Runnable again = () -> {};
    private boolean overrun;
    private boolean ended;

    @Override
    public synchronized boolean send(Event event) {
      overrun |= !isReady();
      waiting.add(event);
      return !overrun;
    }

    @Override
    public synchronized boolean isReady() {
      return waiting.size() < ROOM;
    }

    @Override
    public void onReady(Runnable toRun) {
      again = toRun;
    }

    @Override
    public void end() {
      ended = true;
    }

    /** Reads what is there, which makes room. */
    List<Event> read() {
      List<Event> read;
      synchronized (this) {
        read = List.copyOf(waiting);
        waiting.clear();
      }
      again.run();
      return read;
    }

    List<Event> upToSynced() {
      List<Event> all = new ArrayList<>();
      do {
        List<Event> read = read();
        assertThat(read).as("events after %s", all.size()).isNotEmpty();
        all.addAll(read);
      } while (!all.getLast().type().equals("synced"));
      assertThat(overrun).isFalse();
      return all;
    }
  }

  private SmallSink watch(String revision) {
    SmallSink sink = new SmallSink();
    Opening opening =
        new RolloutEvents(api.watches)
            .open(
                new WatchSource.Request(
                    "tenants/shop/rollouts", ImmutableMap.of(), Optional.of(revision)),
                sink);
    assertThat(opening).isInstanceOf(Opening.Opened.class);
    return sink;
  }

  /** All in one change, so that all have one revision. */
  private void drafts() {
    ApplyRequest.Builder request = ApplyRequest.newBuilder();
    for (int i = 0; i < MANY; i++) {
      request.addResources(
          AnyResource.newBuilder()
              .setRollout(
                  Rollout.newBuilder()
                      .setMetadata(Metadata.newBuilder().setTenant("shop").setName("draft-" + i))
                      .setSpec(
                          RolloutSpec.newBuilder()
                              .setService("checkout")
                              .setTo("v3")
                              .setPolicy("quick")
                              .setDraft(true))));
    }
    assertThat(api.resources.apply(request.build()).getResultsCount()).isEqualTo(MANY);
  }

  /** Of the drafts alone: the other rollout moves on while the test runs. */
  private static List<String> drafts(List<Event> events, String type) {
    return events.stream()
        .filter(event -> event.type().equals(type))
        .map(event -> DRAFT.matcher(event.json()))
        .filter(Matcher::find)
        .map(Matcher::group)
        .toList();
  }

  /** It was told of all at once, cut off at 256 of them, and came back for the same. */
  @Test
  void aWatchOfMoreThanItsReaderHasRoomForIsToldBitByBit() {
    drafts();
    SmallSink sink = watch("0");
    List<Event> all = sink.upToSynced();
    assertThat(drafts(all, "rollout")).hasSize(MANY).doesNotHaveDuplicates();
    assertThat(drafts(sink.read(), "rollout")).isEmpty();
  }

  @Test
  void deletionsOfAWatchThatCameBackAreToldOnceAndBitByBit() {
    drafts();
    List<Event> before = watch("0").upToSynced();
    for (int i = 0; i < 3 * ROOM; i++) {
      api.rollouts.deleteRollout(
          DeleteRolloutRequest.newBuilder().setName("tenants/shop/rollouts/draft-" + i).build());
    }
    List<Event> after = watch(before.getLast().revision()).upToSynced();
    assertThat(drafts(after, "rollout")).isEmpty();
    assertThat(drafts(after, "deleted")).hasSize(3 * ROOM).doesNotHaveDuplicates();
  }

  @Test
  void whoBreaksOffInTheMiddleOfOneChangeMissesNothing() {
    drafts();
    List<Event> first = watch("0").read();
    Set<String> seen = new HashSet<>(drafts(first, "rollout"));
    seen.addAll(drafts(watch(first.getLast().revision()).upToSynced(), "rollout"));
    assertThat(seen).hasSize(MANY);
  }

  @Test
  void aChangeWhileTheReaderIsBehindIsToldWithItsLatestState() {
    drafts();
    SmallSink sink = watch("0");
    api.rollouts.pauseRollout(PauseRolloutRequest.newBuilder().setName(ApiBench.V2).build());
    List<Event> all = sink.upToSynced();
    assertThat(all.stream().filter(event -> event.json().contains("\"phase\":\"PAUSED\"")))
        .isNotEmpty();
    assertThat(all.stream().map(Event::json).filter(json -> json.contains(ApiBench.V2)).toList())
        .last()
        .asString()
        .contains("\"phase\":\"PAUSED\"");
  }

  /** The transport reset the streams, which no client can tell from a fault. */
  @Test
  void aServerThatGoesTellsItsReaders() throws Exception {
    ApiBench.Watch watch = api.watch(0);
    while (!watch.next().getSynced()) {
      // what is there comes first
    }
    SmallSink sink = watch("0");
    api.watches.close();
    Status status = Status.fromThrowable(watch.error.get(10, TimeUnit.SECONDS));
    assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(status.getDescription()).contains("going away");
    assertThat(sink.ended).isTrue();
    ApiBench.Watch late = api.watch(0);
    assertThat(Status.fromThrowable(late.error.get(10, TimeUnit.SECONDS)).getCode())
        .isEqualTo(Status.Code.UNAVAILABLE);
  }
}

package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import dev.serin.server.control.Pending.Answer;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Who has asked for something and has no answer yet. Anybody may come; the rest is the loop's. */
final class Callers {
  private final ConcurrentLinkedQueue<Pending<?>> arrived = new ConcurrentLinkedQueue<>();

  /** Whose turn the store has not answered yet. */
  private ImmutableList<Answer<?>> waiting = ImmutableList.of();

  void arrive(Pending<?> caller) {
    arrived.add(caller);
  }

  /** The next one whose turn it is; null when there is none. */
  @Nullable Pending<?> next() {
    return arrived.poll();
  }

  void refuseArrived(String reason) {
    for (Pending<?> pending = arrived.poll(); pending != null; pending = arrived.poll()) {
      pending.refuse(reason);
    }
  }

  void keepWaiting(List<Answer<?>> answers) {
    waiting = ImmutableList.copyOf(answers);
  }

  ImmutableList<Answer<?>> takeWaiting() {
    ImmutableList<Answer<?>> taken = waiting;
    waiting = ImmutableList.of();
    return taken;
  }

  static void refuse(List<Answer<?>> answers, String reason) {
    answers.forEach(answer -> answer.refuse(reason));
  }
}

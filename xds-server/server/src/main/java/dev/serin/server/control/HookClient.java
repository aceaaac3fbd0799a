package dev.serin.server.control;

import dev.serin.policy.Hook;
import dev.serin.rollout.HookCall;
import java.util.concurrent.CompletableFuture;

/** The way to somebody else's program. */
public interface HookClient {

  /**
   * A question.
   *
   * @param id the same for the same question, also after a restart
   * @param body JSON; what is signed
   */
  record Question(String id, String body) {}

  /**
   * What came of it.
   *
   * @param words the reason that was given, or what went wrong; bounded
   */
  record Answer(HookCall.Result result, String words) {}

  /** Asks; never completes exceptionally. The thread that completes it is anybody's. */
  CompletableFuture<Answer> ask(Hook hook, Question question);
}

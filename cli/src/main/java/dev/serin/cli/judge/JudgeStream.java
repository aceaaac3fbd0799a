package dev.serin.cli.judge;

import com.fasterxml.jackson.databind.JsonNode;
import dev.serin.policy.CanaryPolicy;
import java.util.HashMap;
import java.util.Map;

/** A whole stream: lines in, answers out. */
public final class JudgeStream {

  /** What a line led to. */
  public sealed interface Answer {
    /** One line of JSON. */
    record Line(String json) implements Answer {}

    /** The line cannot be followed, and neither can what comes after it. */
    record Problem(String message) implements Answer {}
  }

  private final CanaryPolicy policy;
  private final Map<String, JudgedRun> runs = new HashMap<>();

  /** A stream whose rollouts all have this policy. */
  public JudgeStream(CanaryPolicy policy) {
    this.policy = policy;
  }

  /** With a control group of its own, that is what the canary is compared with. */
  private String control() {
    return policy.conduct().baselinePpm().isPresent() ? "baseline" : "stable";
  }

  /** Takes the next line. */
  public Answer take(String text) {
    String name = "";
    try {
      JsonNode json = LineReading.json(text);
      name = LineReading.run(json);
      StreamLine line = LineReading.read(name, json, control());
      JudgedRun run = runs.computeIfAbsent(name, n -> new JudgedRun(policy));
      return new Answer.Line(
          switch (line) {
            case StreamLine.History history -> {
              run.begin(history);
              yield AnswerText.started(json.path("run"), run.state());
            }
            case StreamLine.Observation seen -> {
              JudgedRun.Action action = run.observe(seen);
              yield AnswerText.judged(json.path("run"), json.path("t"), action, run);
            }
          });
    } catch (LineProblem problem) {
      String where = name.isEmpty() ? "" : "run " + name + ": ";
      return new Answer.Problem(where + problem.getMessage());
    }
  }
}

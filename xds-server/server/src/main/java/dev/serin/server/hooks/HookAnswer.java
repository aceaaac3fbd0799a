package dev.serin.server.hooks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.serin.rollout.HookCall;
import dev.serin.server.control.HookClient.Answer;
import java.io.IOException;

/** What a hook sent back, read with suspicion. */
final class HookAnswer {

  private static final int MAX_WORDS = 300;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private HookAnswer() {}

  static Answer parse(byte[] body) {
    JsonNode answer;
    try {
      answer = JSON.readTree(body);
    } catch (IOException notJson) {
      return of(HookCall.Result.NONE, "no JSON (expected: {\"result\": \"pass|wait|fail\"})");
    }
    String reason = answer.path("reason").asText("");
    return switch (answer.path("result").asText("")) {
      case "pass" -> of(HookCall.Result.PASS, reason);
      case "wait" -> of(HookCall.Result.WAIT, reason);
      case "fail" -> of(HookCall.Result.FAIL, reason);
      case String other ->
          of(
              HookCall.Result.NONE,
              "result %s (expected: pass, wait or fail)"
                  .formatted(other.isEmpty() ? "nothing" : shown(other)));
    };
  }

  static Answer of(HookCall.Result result, String words) {
    return new Answer(result, shown(words));
  }

  /** One line of bounded length: it becomes part of a sentence that people read. */
  private static String shown(String words) {
    String line = words.replaceAll("\\p{Cntrl}+", " ").replace(';', ',').strip();
    return line.length() <= MAX_WORDS ? line : line.substring(0, MAX_WORDS) + "...";
  }
}

package dev.serin.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.serin.text.Problem.Code;
import dev.serin.text.Problem.Severity;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ProblemsJsonTest {

  @Test
  void everyProblemHasAllKeysInOneOrder() {
    Problem full =
        new Problem("a.yaml", 7, "spec.to", Code.MISSING, Severity.ERROR, "nothing", "write v2");
    Problem bare = new Problem("", 0, "", Code.NOT_STICKY, Severity.WARNING, "none", "");
    assertThat(ProblemsJson.print(List.of(full, bare)))
        .isEqualToIgnoringWhitespace(
            """
            {"problems" : [
              {"file" : "a.yaml", "line" : 7, "path" : "spec.to", "code" : "MISSING",
               "severity" : "error", "message" : "nothing", "hint" : "write v2"},
              {"file" : "", "line" : 0, "path" : "", "code" : "NOT_STICKY",
               "severity" : "warning", "message" : "none", "hint" : ""}
            ]}
            """);
  }

  @Test
  void noProblemIsAnEmptyList() {
    assertThat(ProblemsJson.print(List.of())).isEqualToIgnoringWhitespace("{\"problems\" : [ ]}");
  }

  @Test
  void whatAFileSaysCannotBreakTheJson() throws IOException {
    String nasty = "a\"b\\c\n\u0000\u2028\ud83d\ude00";
    Problem problem = new Problem(nasty, 1, nasty, Code.SYNTAX, Severity.ERROR, nasty, nasty);
    JsonNode read = new ObjectMapper().readTree(ProblemsJson.print(List.of(problem)));
    assertThat(read.at("/problems/0/file").asText()).isEqualTo(nasty);
    assertThat(read.at("/problems/0/hint").asText()).isEqualTo(nasty);
  }
}

package dev.serin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.server.SerinServer;
import dev.serin.server.config.ConfigLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line against a whole server in this process. */
final class WithServerTest {
  private static final String SERVICE =
      """
      apiVersion: serin.dev/v1
      kind: MeshService
      metadata: {name: checkout}
      spec:
        initialStable: v1
        protocol: http
        versions:
          v1: {endpoints: ["127.0.0.1:9001"]}
          v2: {endpoints: ["127.0.0.1:9002"]}
        hosts: [checkout]
        port: 8080
      """;

  @TempDir Path folder;

  private SerinServer start() throws Exception {
    List<String> flags =
        List.of(
            "--xds.listen=127.0.0.1:0",
            "--api.listen=127.0.0.1:0",
            "--store.sqlite.path=" + folder.resolve("serin.db"));
    return SerinServer.start(
        ConfigLoader.load(Optional.empty(), Map.of(), flags).config().orElseThrow(), Map.of());
  }

  @Test
  void resourcesAreAppliedShownAndStarted() throws Exception {
    Path file = folder.resolve("checkout.yaml");
    Files.writeString(file, SERVICE);
    try (SerinServer server = start()) {
      String at = "127.0.0.1:" + server.apiPort();
      assertThat(Called.serin("apply", "--server", at, "-f", file.toString()).out())
          .startsWith("service/checkout created");
      assertThat(Called.serin("apply", "--server", at, "-f", file.toString()).out())
          .startsWith("service/checkout unchanged");
      assertThat(Called.serin("get", "service", "checkout", "--server", at, "-o", "name").out())
          .isEqualTo("checkout\n");

      Called started = Called.serin("start", "checkout", "v2", "--server", at);
      assertThat(started.exit()).isEqualTo(Exit.DONE);
      assertThat(started.out()).startsWith("checkout-v2: PROGRESSING.").contains("no proxies");

      Called waited =
          Called.serin(
              "wait", "checkout-v2", "--for", "promoted", "--timeout", "1s", "--server", at);
      assertThat(waited.exit()).isEqualTo(Exit.TIMED_OUT);
      assertThat(Called.serin("start", "nosuch", "v2", "--server", at).exit())
          .isEqualTo(Exit.FAILED);
    }
  }

  @Test
  void aDraftThatIsAbortedWentTheOtherWay() throws Exception {
    Path file = folder.resolve("draft.yaml");
    Files.writeString(
        file,
        SERVICE
            + """
            ---
            apiVersion: serin.dev/v1
            kind: Rollout
            metadata: {name: checkout-v2}
            spec: {service: checkout, to: v2, draft: true}
            """);
    try (SerinServer server = start()) {
      String at = "127.0.0.1:" + server.apiPort();
      assertThat(Called.serin("apply", "--server", at, "-f", file.toString()).exit())
          .isEqualTo(Exit.DONE);
      assertThat(Called.serin("abort", "checkout-v2", "--server", at).exit()).isEqualTo(Exit.DONE);
      Called waited =
          Called.serin(
              "wait", "checkout-v2", "--for", "promoted", "--timeout", "5s", "--server", at);
      assertThat(waited.exit()).isEqualTo(Exit.OTHER_WAY);
    }
  }

  @Test
  void theBuiltInPolicyCanBeAppliedUnderAnotherName() throws Exception {
    try (SerinServer server = start()) {
      String at = "127.0.0.1:" + server.apiPort();
      String text = Called.serin("get", "policy", "default", "-o", "yaml", "--server", at).out();
      Path file = folder.resolve("mine.yaml");
      Files.writeString(file, text.replace("name: default", "name: mine"));
      Called applied = Called.serin("apply", "--server", at, "-f", file.toString());
      assertThat(applied.exit()).as(applied.err()).isEqualTo(Exit.DONE);
      assertThat(Called.serin("get", "policy", "mine", "-o", "yaml", "--server", at).out())
          .isEqualTo(text.replace("name: default", "name: mine"));
    }
  }
}

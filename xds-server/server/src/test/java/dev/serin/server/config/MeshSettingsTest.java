package dev.serin.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.server.config.ServerConfig.BaseSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The settings below {@code mesh}. */
class MeshSettingsTest {
  @TempDir Path folder;

  @Test
  void theBasesOfTheMeshAreAListInTheirOrder() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("serin.yaml"),
            """
            mesh:
              base:
                - files: {dir: envoy configs/base}
                - services: {}
                - upstream:
                    address: istiod.istio-system:15012
                    tls: {ca: system, serverName: istiod.istio-system.svc}
                    forward: {authorization: true}
                    protocol: delta
            """);
    ConfigLoader.Result read = ConfigLoader.load(Optional.of(file), Map.of(), List.of());
    assertThat(read.problems()).isEmpty();
    assertThat(read.config().orElseThrow().mesh().base())
        .containsExactly(
            new BaseSource.Files(Path.of("envoy configs/base")),
            new BaseSource.Services(),
            new BaseSource.Upstream(
                new Endpoint("istiod.istio-system", 15012),
                Optional.of(
                    new ServerConfig.UpstreamTls(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of("istiod.istio-system.svc"))),
                true,
                ServerConfig.UpstreamProtocol.DELTA));
    // A flag says the same in one line, and so does what is printed.
    String text =
        "files envoy configs/base, services, upstream istiod.istio-system:15012 protocol=delta"
            + " forward.authorization=true tls.ca=system tls.serverName=istiod.istio-system.svc";
    ConfigLoader.Result flag =
        ConfigLoader.load(Optional.empty(), Map.of(), List.of("--mesh.base=" + text));
    assertThat(flag.config().orElseThrow().mesh().base())
        .isEqualTo(read.config().orElseThrow().mesh().base());
    assertThat(read.print()).contains("base: [" + text + "]");
  }

  @Test
  void aBaseThatCannotBeIsAProblem() {
    for (String text :
        List.of(
            "services, services",
            "files",
            "upstream",
            "upstream host",
            "upstream host:0",
            "upstream host:1 protocol=grpc",
            "upstream host:1 forward.authorization=perhaps",
            "upstream host:1 tls.cert=only.pem",
            "upstream host:1 unknown=1",
            "upstream a:1, upstream b:1",
            "istio")) {
      assertThat(
              ConfigLoader.load(Optional.empty(), Map.of(), List.of("--mesh.base=" + text))
                  .problems())
          .as(text)
          .hasSize(1);
    }
  }

  @Test
  void whatANodeCallsItselfIsNeverReadAsAPlaceholder() {
    NameTemplate template = new NameTemplate("spiffe://mesh.example/{cluster}/{id}");
    assertThat(template.of("{cluster}", "{id}")).isEqualTo("spiffe://mesh.example/{id}/{cluster}");
  }
}

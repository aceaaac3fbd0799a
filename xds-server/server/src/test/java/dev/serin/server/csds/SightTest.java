package dev.serin.server.csds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.server.config.ConfigLoader;
import dev.serin.server.config.ServerConfig.Xds;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SightTest {
  @TempDir Path folder;

  private Sight of(String... flags) throws Exception {
    Path pem = Files.writeString(folder.resolve("x.pem"), "");
    List<String> all =
        java.util.stream.Stream.of(flags).map(flag -> flag.replace("PEM", pem.toString())).toList();
    ConfigLoader.Result result = ConfigLoader.load(Optional.empty(), Map.of(), all);
    Xds xds = result.config().orElseThrow(() -> new AssertionError(result.problems())).xds();
    return Sight.of(xds);
  }

  @Test
  void theFleetIsShownOnLoopbackAndElsewhereOnlyWhereSomebodyAllowedIt() throws Exception {
    String[] mutual = {"--xds.tls.cert=PEM", "--xds.tls.key=PEM", "--xds.tls.clientCa=PEM"};
    assertThat(of()).isInstanceOf(Sight.Everyone.class);
    assertThat(of("--xds.auth.tokens=PEM")).isInstanceOf(Sight.Nobody.class);
    assertThat(of("--xds.listen=0.0.0.0:0", "--xds.insecure")).isInstanceOf(Sight.Nobody.class);
    assertThat(of("--xds.listen=0.0.0.0:0", mutual[0], mutual[1], mutual[2]))
        .isInstanceOf(Sight.Nobody.class);
    assertThat(of("--xds.identity={id}.proxy", mutual[0], mutual[1], mutual[2]))
        .isInstanceOf(Sight.Own.class);
    assertThat(of("--xds.listen=0.0.0.0:0", "--xds.insecure", "--xds.clientStatus=all"))
        .isInstanceOf(Sight.Everyone.class);
    assertThat(of("--xds.clientStatus=off")).isInstanceOf(Sight.Nobody.class);
  }
}

package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.text.Problem;
import dev.serin.text.Reading;
import dev.serin.text.ResourceReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code envoy-configs/} offers to copy works as it stands. */
class ShippedConfigurationsTest {
  private static final Path FOLDER = Path.of("..", "..", "envoy-configs").toAbsolutePath();

  @Test
  @RequireEnvoy
  void envoyTakesEveryBootstrap(EnvoyRunner runner, @TempDir Path folder) throws Exception {
    assumeTrue(
        runner instanceof EnvoyRunner.Local, "files are validated by an Envoy on this machine");
    writeCertificates(folder.resolve("certs"));
    List<Path> bootstraps = yamlFiles("bootstrap");
    assertThat(bootstraps).hasSizeGreaterThanOrEqualTo(4);
    for (Path bootstrap : bootstraps) {
      Process envoy =
          new ProcessBuilder(
                  ((EnvoyRunner.Local) runner).binary().toString(),
                  "--mode",
                  "validate",
                  "-c",
                  bootstrap.toString())
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .start();
      String said = new String(envoy.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(envoy.waitFor()).as("%s: %s", bootstrap, said).isZero();
    }
  }

  @Test
  void everyPolicyIsReadWithoutAnError() throws IOException {
    Reading reading = ResourceReader.readFiles(yamlFiles("policies"));
    assertThat(reading.problems()).filteredOn(Problem::isError).isEmpty();
    assertThat(reading.resources()).hasSizeGreaterThanOrEqualTo(6);
  }

  private static List<Path> yamlFiles(String folder) throws IOException {
    try (Stream<Path> files = Files.list(FOLDER.resolve(folder))) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  /** A certificate that signs itself serves as authority and as the proxy's own. */
  private static void writeCertificates(Path folder) throws Exception {
    Files.createDirectories(folder);
    Path store = folder.resolve("keys.p12");
    String password = "password";
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "proxy",
                "-dname",
                "CN=proxy",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "2",
                "-keystore",
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                password)
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor()).as(said).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), password.toCharArray());
    String certificate = pem("CERTIFICATE", keys.getCertificate("proxy").getEncoded());
    Files.writeString(folder.resolve("ca.crt"), certificate);
    Files.writeString(folder.resolve("proxy.crt"), certificate);
    byte[] key = keys.getKey("proxy", password.toCharArray()).getEncoded();
    Files.writeString(folder.resolve("proxy.key"), pem("PRIVATE KEY", key));
  }

  private static String pem(String what, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(what, body, what);
  }
}

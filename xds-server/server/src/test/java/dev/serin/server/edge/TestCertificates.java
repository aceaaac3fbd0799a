package dev.serin.server.edge;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Certificates made by the JDK's own keytool: an authority, a server and a client of it, the
 * server's next certificate, one without a name, and a client of another authority.
 */
public final class TestCertificates {

  private static final String PASSWORD = "password";
  private static final List<String> NAMES =
      List.of("ca", "server", "renewed", "client", "nameless", "stranger");

  private final Path folder;

  private TestCertificates(Path folder) {
    this.folder = folder;
  }

  /** Made once for all tests of a JVM: every certificate costs a process. */
  public static TestCertificates get() {
    return Holder.CERTIFICATES;
  }

  private static final class Holder {
    static final TestCertificates CERTIFICATES = make();
  }

  public Path ca() {
    return folder.resolve("ca.pem");
  }

  public Path certificate(String name) {
    return folder.resolve(name + ".pem");
  }

  public Path key(String name) {
    return folder.resolve(name + ".key");
  }

  private static TestCertificates make() {
    try {
      TestCertificates certificates =
          new TestCertificates(Files.createTempDirectory("serin-certificates"));
      // Deleted in the reverse order: the files first, then their folder.
      certificates.folder.toFile().deleteOnExit();
      certificates.store().toFile().deleteOnExit();
      for (String name : NAMES) {
        certificates.certificate(name).toFile().deleteOnExit();
        certificates.key(name).toFile().deleteOnExit();
      }
      certificates.keytool("ca", List.of("-ext", "bc:c"));
      String san = "san=ip:127.0.0.1,dns:localhost,uri:spiffe://mesh.example/proxy/gateway-1";
      for (String name : List.of("server", "renewed", "client")) {
        certificates.keytool(name, List.of("-signer", "ca", "-ext", san));
      }
      certificates.keytool("nameless", List.of("-signer", "ca"));
      certificates.keytool("stranger", List.of());
      for (String name : NAMES) {
        certificates.export(name);
      }
      return certificates;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void keytool(String alias, List<String> more) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-alias", alias, "-dname", "CN=" + alias));
    command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-validity", "2"));
    command.addAll(List.of("-keystore", store().toString(), "-storetype", "PKCS12"));
    command.addAll(List.of("-storepass", PASSWORD));
    command.addAll(more);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(command + ": " + said);
    }
  }

  private void export(String alias) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store())) {
      keys.load(in, PASSWORD.toCharArray());
    }
    StringBuilder chain = new StringBuilder();
    for (Certificate certificate : keys.getCertificateChain(alias)) {
      chain.append(pem("CERTIFICATE", certificate.getEncoded()));
    }
    Files.writeString(certificate(alias), chain);
    byte[] key = keys.getKey(alias, PASSWORD.toCharArray()).getEncoded();
    Files.writeString(key(alias), pem("PRIVATE KEY", key));
  }

  private static String pem(String what, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n";
  }

  private Path store() {
    return folder.resolve("all.p12");
  }
}

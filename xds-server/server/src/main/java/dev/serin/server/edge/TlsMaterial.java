package dev.serin.server.edge;

import dev.serin.server.config.ServerConfig.Tls;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import io.grpc.util.CertificateUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server's certificate, key and client authorities, read again when a file changes: connections
 * that stand go on, new ones see the new files. Files that do not fit together change nothing, so
 * that a certificate and its key may be replaced one after the other.
 */
final class TlsMaterial implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(TlsMaterial.class);
  private static final long LOOK_EVERY_SECONDS = 5;

  private final Tls files;
  private final AdvancedTlsX509KeyManager keyManager = new AdvancedTlsX509KeyManager();
  private final Optional<AdvancedTlsX509TrustManager> clientTrust;
  private final ScheduledExecutorService looker =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("serin-tls-files").factory());

  /** The files' times when they were last looked at; only {@link #reload} touches it. */
  private List<FileTime> seen = List.of();

  private TlsMaterial(Tls files, Optional<AdvancedTlsX509TrustManager> clientTrust) {
    this.files = files;
    this.clientTrust = clientTrust;
  }

  /**
   * Reads the files, once now and then when they change.
   *
   * @throws IOException when they cannot be read or do not fit together
   */
  static TlsMaterial open(Tls files) throws IOException {
    try {
      Optional<AdvancedTlsX509TrustManager> trust = Optional.empty();
      if (files.clientCa().isPresent()) {
        // The certificate chain is verified; a client has no host name to compare it with.
        trust =
            Optional.of(
                AdvancedTlsX509TrustManager.newBuilder()
                    .setVerification(Verification.CERTIFICATE_ONLY_VERIFICATION)
                    .build());
      }
      TlsMaterial material = new TlsMaterial(files, trust);
      try {
        material.read();
        material.seen = material.times();
      } catch (IOException | GeneralSecurityException | RuntimeException e) {
        material.close();
        throw e;
      }
      var unused =
          material.looker.scheduleWithFixedDelay(
              material::reload, LOOK_EVERY_SECONDS, LOOK_EVERY_SECONDS, TimeUnit.SECONDS);
      return material;
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new IOException("tls " + files.cert() + ", " + files.key() + ": " + e.getMessage(), e);
    }
  }

  Tls files() {
    return files;
  }

  X509ExtendedKeyManager keyManager() {
    return keyManager;
  }

  /** Present when clients must show a certificate. */
  Optional<X509TrustManager> clientTrust() {
    return clientTrust.map(manager -> manager);
  }

  /** Reads the files again if one has changed since; says whether what is served has changed. */
  synchronized boolean reload() {
    try {
      List<FileTime> now = times();
      if (now.equals(seen)) {
        return false;
      }
      seen = now;
      read();
      log.info("tls files read again cert={}", files.cert());
      return true;
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      log.warn("tls files kept as they were cert={} why={}", files.cert(), e.toString());
      return false;
    }
  }

  private void read() throws IOException, GeneralSecurityException {
    X509Certificate[] chain = certificates(files.cert());
    PrivateKey key =
        CertificateUtils.getPrivateKey(new ByteArrayInputStream(Files.readAllBytes(files.key())));
    checkPair(chain[0], key);
    if (clientTrust.isPresent() && files.clientCa().isPresent()) {
      clientTrust.get().updateTrustCredentials(certificates(files.clientCa().get()));
    }
    keyManager.updateIdentityCredentials(chain, key);
  }

  private static X509Certificate[] certificates(Path file)
      throws IOException, GeneralSecurityException {
    X509Certificate[] certificates =
        CertificateUtils.getX509Certificates(new ByteArrayInputStream(Files.readAllBytes(file)));
    if (certificates.length == 0) {
      throw new GeneralSecurityException(file + ": no certificate (expected: PEM)");
    }
    return certificates;
  }

  /** A key belongs to a certificate when the one verifies what the other signed. */
  private static void checkPair(X509Certificate certificate, PrivateKey key)
      throws GeneralSecurityException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> key.getAlgorithm();
        };
    byte[] probe = {1, 2, 3};
    Signature signer = Signature.getInstance(algorithm);
    signer.initSign(key);
    signer.update(probe);
    byte[] signature = signer.sign();
    Signature verifier = Signature.getInstance(algorithm);
    verifier.initVerify(certificate.getPublicKey());
    verifier.update(probe);
    if (!verifier.verify(signature)) {
      throw new GeneralSecurityException("the key is not the certificate's");
    }
  }

  private List<FileTime> times() throws IOException {
    List<FileTime> times = new ArrayList<>();
    times.add(Files.getLastModifiedTime(files.cert()));
    times.add(Files.getLastModifiedTime(files.key()));
    if (files.clientCa().isPresent()) {
      times.add(Files.getLastModifiedTime(files.clientCa().get()));
    }
    return List.copyOf(times);
  }

  @Override
  public void close() {
    looker.shutdownNow();
  }
}

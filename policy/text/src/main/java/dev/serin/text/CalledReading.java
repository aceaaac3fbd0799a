package dev.serin.text;

import dev.serin.policy.Secret;
import dev.serin.text.Problem.Code;
import dev.serin.v1.SecretRef;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the server calls, and where it finds the keys for it. */
final class CalledReading {

  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");

  private final Checks checks;
  private final Findings findings;

  CalledReading(Checks checks) {
    this.checks = checks;
    this.findings = checks.findings();
  }

  /** An address that is called from the server: whole, of the web, and without a password in it. */
  String url(String path, String text) {
    checks.value(path, text);
    try {
      URI uri = new URI(text);
      boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
      if (web && uri.getHost() != null && uri.getUserInfo() == null && uri.getFragment() == null) {
        return text;
      }
    } catch (URISyntaxException notOne) {
      // told below, like everything else that is no such address
    }
    if (!text.isEmpty()) {
      findings.error(
          path,
          Code.BAD_VALUE,
          Shown.value(text) + " (expected: an http or https URL with a host, without a user)",
          "");
    }
    return "https://x";
  }

  Optional<Secret> secret(String path, SecretRef message) {
    return switch (message.getSourceCase()) {
      case ENV -> {
        if (!VARIABLE.matcher(message.getEnv()).matches()) {
          findings.error(
              path + ".env",
              Code.BAD_NAME,
              Shown.value(message.getEnv()) + " (expected: the name of an environment variable)",
              "");
        }
        yield Optional.of(new Secret.Env(message.getEnv()));
      }
      case FILE -> {
        if (!message.getFile().startsWith("/") || message.getFile().contains("\0")) {
          findings.error(
              path + ".file",
              Code.BAD_VALUE,
              Shown.value(message.getFile()) + " (expected: an absolute path)",
              "");
        }
        yield Optional.of(new Secret.File(message.getFile()));
      }
      case SOURCE_NOT_SET -> {
        findings.error(path, Code.MISSING, "nothing (expected: env or file)", "");
        yield Optional.empty();
      }
    };
  }
}

package dev.serin.notify;

import dev.serin.spi.Notifier.Sent;
import dev.serin.spi.Signature;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/**
 * Posts over HTTP. An answer of 2xx is taken; one of 408, 429 and 5xx may be another later; any
 * other will not. Redirects are not followed: the address that was written down is the one that is
 * called. The address may be a secret and is told to nobody.
 */
final class Poster implements AutoCloseable {

  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofSeconds(20);

  private final HttpClient http =
      HttpClient.newBuilder()
          .followRedirects(HttpClient.Redirect.NEVER)
          .connectTimeout(CONNECT)
          .build();

  /**
   * Posts once.
   *
   * @param key that the body is signed with; empty: it is not
   */
  Sent post(URI url, String type, byte[] body, String id, String key) throws InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url)
            .timeout(ANSWER)
            .header("content-type", type)
            .header(Signature.ID, id)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (!key.isEmpty()) {
      request.header(Signature.HEADER, Signature.of(key, body));
    }
    try {
      int status = http.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
      if (status >= 200 && status < 300) {
        return new Sent.Taken();
      }
      return new Sent.Failed(
          "status " + status + " (expected: 2xx)", status == 408 || status == 429 || status >= 500);
    } catch (IOException failed) {
      // Its message may have the address in it.
      return new Sent.Failed("no answer: " + failed.getClass().getSimpleName(), true);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}

package dev.serin.server.hooks;

import com.google.common.io.ByteStreams;
import dev.serin.policy.Hook;
import dev.serin.rollout.HookCall;
import dev.serin.server.control.HookClient;
import dev.serin.spi.Secrets;
import dev.serin.spi.Signature;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Calls hooks over HTTP. A call is a POST of JSON, signed with HMAC-SHA-256 over its body where the
 * policy names a secret ({@code x-serin-signature: sha256=HEX}); an answer is status 200 with
 * {@code {"result": "pass|wait|fail", "reason": "..."}}. What has no answer is tried again, a
 * little later each time; what was answered otherwise is not, unless the status says that it may
 * help (408, 429, 5xx). Redirects are not followed: the address in the policy is the one that is
 * called.
 */
public final class HttpHookClient implements HookClient, AutoCloseable {

  private static final int MAX_ANSWER = 64 * 1024;
  private static final int AT_ONCE = 64;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final Secrets secrets;
  private final Duration firstPause;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore slots = new Semaphore(AT_ONCE);
  private final HttpClient http;

  /** A client that reads its secrets from {@code environment}. */
  public HttpHookClient(Map<String, String> environment) {
    this(environment, FIRST_PAUSE);
  }

  HttpHookClient(Map<String, String> environment, Duration firstPause) {
    this.secrets = new Secrets(environment);
    this.firstPause = firstPause;
    this.http =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Duration.ofSeconds(10))
            .executor(threads)
            .build();
  }

  @Override
  public CompletableFuture<Answer> ask(Hook hook, Question question) {
    return CompletableFuture.supplyAsync(() -> inTurn(hook, question), threads)
        .exceptionally(bug -> none(String.valueOf(bug.getMessage())));
  }

  private Answer inTurn(Hook hook, Question question) {
    try {
      slots.acquire();
      try {
        return attempts(hook, question);
      } finally {
        slots.release();
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return none("the server is stopping");
    }
  }

  private Answer attempts(Hook hook, Question question) throws InterruptedException {
    Optional<String> key = Optional.empty();
    if (hook.secret().isPresent()) {
      try {
        key = Optional.of(secrets.read(hook.secret().get()));
      } catch (IOException unreadable) {
        return none(String.valueOf(unreadable.getMessage()));
      }
    }
    Duration pause = firstPause;
    for (int attempt = 0; ; attempt++) {
      Outcome outcome = once(hook, question, key);
      if (!outcome.mayHelpAgain() || attempt >= hook.retries()) {
        return outcome.answer();
      }
      TimeUnit.MILLISECONDS.sleep(pause.toMillis());
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0
              ? LONGEST_PAUSE
              : pause.multipliedBy(2);
    }
  }

  private record Outcome(Answer answer, boolean mayHelpAgain) {}

  private Outcome once(Hook hook, Question question, Optional<String> key)
      throws InterruptedException {
    byte[] body = question.body().getBytes(StandardCharsets.UTF_8);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(hook.webhook()))
            .timeout(hook.timeout())
            .header("content-type", "application/json")
            .header(Signature.ID, question.id())
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    key.ifPresent(k -> request.header(Signature.HEADER, Signature.of(k, body)));
    try {
      HttpResponse<InputStream> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream in = response.body()) {
        byte[] bytes = ByteStreams.limit(in, MAX_ANSWER + 1L).readAllBytes();
        return read(response.statusCode(), bytes);
      }
    } catch (IOException failed) {
      String words = failed.getMessage() == null ? failed.toString() : failed.getMessage();
      return new Outcome(none(words), true);
    }
  }

  private static Outcome read(int status, byte[] body) {
    if (status != 200) {
      boolean helps = status == 408 || status == 429 || status >= 500;
      return new Outcome(none("status %d (expected: 200)".formatted(status)), helps);
    }
    if (body.length > MAX_ANSWER) {
      return new Outcome(none("an answer above 64 kB (expected: a result)"), false);
    }
    return new Outcome(HookAnswer.parse(body), false);
  }

  private static Answer none(String words) {
    return HookAnswer.of(HookCall.Result.NONE, words);
  }

  @Override
  public void close() {
    threads.shutdownNow();
    http.shutdownNow();
  }
}

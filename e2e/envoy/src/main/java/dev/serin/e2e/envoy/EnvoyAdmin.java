package dev.serin.e2e.envoy;

import com.google.common.collect.ImmutableSortedMap;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** Asks one Envoy's admin interface. Thread-safe. */
public final class EnvoyAdmin {

  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int OK = 200;

  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(TIMEOUT)
          .proxy(HttpClient.Builder.NO_PROXY)
          .build();
  private final InetSocketAddress address;

  EnvoyAdmin(InetSocketAddress address) {
    this.address = address;
  }

  public InetSocketAddress address() {
    return address;
  }

  /**
   * Whether Envoy has its first configuration and serves ({@code /ready} answers LIVE). False also
   * when it cannot be reached.
   */
  public boolean isReady() throws InterruptedException {
    try {
      return send("GET", "/ready").statusCode() == OK;
    } catch (IOException e) {
      return false;
    }
  }

  /** Everything Envoy runs on, endpoints included, as JSON. */
  public String configDump() throws IOException, InterruptedException {
    return get("/config_dump?include_eds");
  }

  /**
   * The counters and gauges whose name has a match for a regular expression (RE2), by name.
   * Histograms and text are left out.
   */
  public ImmutableSortedMap<String, Long> stats(String filter)
      throws IOException, InterruptedException {
    String query = "?filter=" + URLEncoder.encode(filter, StandardCharsets.UTF_8);
    ImmutableSortedMap.Builder<String, Long> stats = ImmutableSortedMap.naturalOrder();
    for (String line : get("/stats" + query).lines().toList()) {
      // Names may have colons of their own, values have none.
      int colon = line.lastIndexOf(": ");
      OptionalLong value = number(line.substring(colon + 1).strip());
      if (colon > 0 && value.isPresent()) {
        stats.put(line.substring(0, colon), value.getAsLong());
      }
    }
    return stats.buildOrThrow();
  }

  /** One counter or gauge; 0 when Envoy has none of that name. */
  public long stat(String name) throws IOException, InterruptedException {
    String exact =
        name.chars().mapToObj(EnvoyAdmin::escaped).collect(Collectors.joining("", "^", "$"));
    return stats(exact).getOrDefault(name, 0L);
  }

  private static String escaped(int letter) {
    String text = Character.toString(letter);
    return Character.isLetterOrDigit(letter) ? text : "\\" + text;
  }

  /** The listeners by name, each with the address that it is bound to. */
  public ImmutableSortedMap<String, InetSocketAddress> listeners()
      throws IOException, InterruptedException {
    return get("/listeners")
        .lines()
        .filter(line -> line.contains("::"))
        .collect(
            ImmutableSortedMap.toImmutableSortedMap(
                String::compareTo,
                line -> line.substring(0, line.indexOf("::")),
                line -> parse(line.substring(line.indexOf("::") + 2)),
                (first, second) -> first));
  }

  /** The body of an admin page. */
  public String get(String path) throws IOException, InterruptedException {
    return body("GET", path);
  }

  /** Changes something, such as {@code /drain_listeners}, and returns what Envoy says. */
  public String post(String path) throws IOException, InterruptedException {
    return body("POST", path);
  }

  private String body(String method, String path) throws IOException, InterruptedException {
    HttpResponse<String> response = send(method, path);
    if (response.statusCode() != OK) {
      throw new IOException(
          "%s %s of Envoy's admin: status %d (expected: 200): %s"
              .formatted(method, path, response.statusCode(), response.body().strip()));
    }
    return response.body();
  }

  private HttpResponse<String> send(String method, String path)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://" + address.getHostString() + ":" + address.getPort() + path))
            .timeout(TIMEOUT)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    return HTTP.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  static InetSocketAddress parse(String address) {
    int colon = address.lastIndexOf(':');
    return new InetSocketAddress(
        address.substring(0, colon), Integer.parseInt(address.substring(colon + 1).strip()));
  }

  private static OptionalLong number(String text) {
    try {
      return OptionalLong.of(Long.parseLong(text));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}

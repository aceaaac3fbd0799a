package dev.serin.mesh;

import com.google.common.base.CharMatcher;
import com.google.common.base.Joiner;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A request as a proxy sees it, for {@link RouteSimulator}.
 *
 * @param host the authority, with a port where the client named one
 * @param path with its query
 * @param headers by name in lower case; cookies are one header of several
 * @param source the address of the client
 * @param claims what the filter of tokens has left, by the keys of payloads; empty without a token
 */
public record SimulatedRequest(
    String host,
    String path,
    ImmutableListMultimap<String, String> headers,
    String source,
    Struct claims) {

  /** A GET without headers from the loopback address. */
  public static SimulatedRequest to(String host, String path) {
    return new SimulatedRequest(
        host, path, ImmutableListMultimap.of(), "127.0.0.1", Struct.getDefaultInstance());
  }

  public SimulatedRequest withHeader(String name, String value) {
    return new SimulatedRequest(
        host,
        path,
        ImmutableListMultimap.<String, String>builder()
            .putAll(headers)
            .put(name.toLowerCase(Locale.ROOT), value)
            .build(),
        source,
        claims);
  }

  /** Appends to the cookie header, as a browser does. */
  public SimulatedRequest withCookie(String name, String value) {
    String before = header("cookie").map(cookies -> cookies + "; ").orElse("");
    ImmutableListMultimap.Builder<String, String> next = ImmutableListMultimap.builder();
    headers.entries().stream().filter(h -> !h.getKey().equals("cookie")).forEach(next::put);
    return new SimulatedRequest(
        host, path, next.put("cookie", before + name + "=" + value).build(), source, claims);
  }

  public SimulatedRequest from(String address) {
    return new SimulatedRequest(host, path, headers, address, claims);
  }

  /** With a verified token, whose payload the filter keeps under a key. */
  public SimulatedRequest withToken(String key, Struct payload) {
    Value value = Value.newBuilder().setStructValue(payload).build();
    return new SimulatedRequest(
        host, path, headers, source, claims.toBuilder().putFields(key, value).build());
  }

  /** A header's value as matchers see it: several lines are joined. */
  Optional<String> header(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return switch (lower) {
      case ":authority", "host" -> Optional.of(host);
      case ":path" -> Optional.of(path);
      case ":method" -> Optional.of(joined(lower).orElse("GET"));
      default -> joined(lower);
    };
  }

  private Optional<String> joined(String lower) {
    List<String> values = headers.get(lower);
    return values.isEmpty()
        ? Optional.empty()
        : Optional.of(Joiner.on(lower.equals("cookie") ? "; " : ",").join(values));
  }

  /** The first cookie of each name, without the quotes around its value. */
  ImmutableMap<String, String> cookies() {
    Map<String, String> cookies = new LinkedHashMap<>();
    for (String pair : Splitter.on(';').split(header("cookie").orElse(""))) {
      int equals = pair.indexOf('=');
      if (equals >= 0) {
        String value = pair.substring(equals + 1).strip();
        boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        cookies.putIfAbsent(
            CharMatcher.whitespace().trimFrom(pair.substring(0, equals)),
            quoted ? value.substring(1, value.length() - 1) : value);
      }
    }
    return ImmutableMap.copyOf(cookies);
  }

  String pathWithoutQuery() {
    int end = CharMatcher.anyOf("?#").indexIn(path);
    return end < 0 ? path : path.substring(0, end);
  }

  /** The first value of each query parameter, as it is written. */
  ImmutableMap<String, String> query() {
    int start = path.indexOf('?');
    Map<String, String> query = new LinkedHashMap<>();
    if (start >= 0) {
      for (String pair : Splitter.on('&').split(path.substring(start + 1))) {
        int equals = pair.indexOf('=');
        query.putIfAbsent(
            equals < 0 ? pair : pair.substring(0, equals),
            equals < 0 ? "" : pair.substring(equals + 1));
      }
    }
    return ImmutableMap.copyOf(query);
  }
}

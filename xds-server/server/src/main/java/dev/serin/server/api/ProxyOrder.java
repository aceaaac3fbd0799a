package dev.serin.server.api;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import dev.serin.ads.ProxyView;
import dev.serin.v1.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How a list of proxies is sorted, in the form of {@code order_by}. A proxy's place in it is a row
 * of texts, so that a page token can say where the last page ended: a fleet that changes between
 * two pages neither repeats nor skips who stays where he is.
 */
final class ProxyOrder {
  private static final Splitter COMMAS = Splitter.on(',').trimResults().omitEmptyStrings();
  private static final Splitter DOTS = Splitter.on('.');
  private static final String DESCENDING = " desc";
  private static final int MAX_TOKEN = 16 << 10;

  private final ImmutableList<Column> columns;

  private record Column(Field field, boolean descending) {}

  /** A proxy where it stands. */
  record Placed(ProxyView view, Proxy.State state, ImmutableList<String> place) {}

  /** What may be sorted by. */
  private enum Field {
    NODE_ID,
    CLUSTER,
    STATE,
    VERSION,
    LAST_SEEN,
    CONNECTED;

    private String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    private static Optional<Field> of(String word) {
      return Arrays.stream(values()).filter(f -> f.word().equals(word)).findFirst();
    }

    /** Sorts as the field does. */
    private String text(ProxyView view, Proxy.State state) {
      return switch (this) {
        case NODE_ID -> view.proxy().nodeId();
        case CLUSTER -> view.proxy().group().meshCluster();
        case STATE -> Integer.toString(wellness(state));
        case VERSION ->
            "%s %06d.%06d"
                .formatted(
                    view.proxy().group().client(),
                    view.proxy().group().major(),
                    view.proxy().group().minor());
        case LAST_SEEN -> time(view.lastSeen());
        case CONNECTED -> time(view.connectedAt());
      };
    }

    private static int wellness(Proxy.State state) {
      return switch (state) {
        case ERROR -> 0;
        case STALE -> 1;
        case DISCONNECTED -> 2;
        case SYNCED, STATE_UNSPECIFIED, UNRECOGNIZED -> 3;
      };
    }

    private static String time(Instant at) {
      return "%020d.%09d".formatted(Math.max(0, at.getEpochSecond()), at.getNano());
    }
  }

  private ProxyOrder(ImmutableList<Column> columns) {
    this.columns = columns;
  }

  static ProxyOrder parse(String orderBy) {
    ImmutableList.Builder<Column> columns = ImmutableList.builder();
    for (String word : COMMAS.split(orderBy)) {
      boolean descending = word.endsWith(DESCENDING);
      String name = descending ? word.substring(0, word.length() - DESCENDING.length()) : word;
      Field field = Field.of(name.strip()).orElseThrow(() -> unknown(word));
      columns.add(new Column(field, descending));
    }
    // The last word is the node's id, which no two proxies share.
    return new ProxyOrder(columns.add(new Column(Field.NODE_ID, false)).build());
  }

  private static RuntimeException unknown(String word) {
    String fields =
        Arrays.stream(Field.values()).map(Field::word).collect(Collectors.joining(", "));
    return Replies.badField(
        "order_by", "'%s' (expected: %s, ' desc' after it turns it round)".formatted(word, fields));
  }

  Placed place(ProxyView view, Proxy.State state) {
    return new Placed(
        view,
        state,
        columns.stream()
            .map(column -> column.field().text(view, state))
            .collect(ImmutableList.toImmutableList()));
  }

  Comparator<List<String>> comparator() {
    return (one, other) -> {
      for (int i = 0; i < columns.size(); i++) {
        int difference = one.get(i).compareTo(other.get(i));
        if (difference != 0) {
          return columns.get(i).descending() ? -difference : difference;
        }
      }
      return 0;
    };
  }

  /** Says where a page ended. */
  String token(ImmutableList<String> place) {
    return place.stream()
        .map(text ->
            Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8)))
        .collect(Collectors.joining("."));
  }

  /** Where the last page ended; empty before the first. */
  Optional<ImmutableList<String>> after(String token) {
    if (token.isEmpty()) {
      return Optional.empty();
    }
    if (token.length() > MAX_TOKEN) {
      throw Replies.badField("page_token", token.length() + " characters, not one of ours");
    }
    List<String> place = new ArrayList<>();
    try {
      for (String part : DOTS.split(token)) {
        place.add(new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8));
      }
    } catch (IllegalArgumentException notOurs) {
      throw Replies.badField("page_token", "not one of ours");
    }
    if (place.size() != columns.size()) {
      throw Replies.badField(
          "page_token", "of another order (expected: the same order_by on every page)");
    }
    return Optional.of(ImmutableList.copyOf(place));
  }
}

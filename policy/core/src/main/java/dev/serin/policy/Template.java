package dev.serin.policy;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text with places, {@code {{rollout}}}, that are filled in from a notification. There is nothing
 * else to it: no condition, no loop, no call.
 *
 * @param source as it was written, at most {@link #MAX_CHARS}
 */
public record Template(String source) {

  /** What a place may be called. */
  public enum Place {
    TENANT,
    ROLLOUT,
    SERVICE,
    FROM,
    TO,
    POLICY,
    EVENT,
    PHASE,
    STEP,
    WEIGHT,
    REASON,
    TIME;

    /** As templates write it. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    private static Optional<Place> of(String word) {
      return Arrays.stream(values()).filter(place -> place.word().equals(word)).findFirst();
    }
  }

  private static final Pattern PLACE = Pattern.compile("\\{\\{([^{}]*)\\}\\}");

  public static final int MAX_CHARS = 2_000;

  /** The longest text that is made of one; what is more is cut off. */
  public static final int MAX_FILLED = 8_000;

  public static final Template DEFAULT_TITLE = new Template("{{tenant}}/{{rollout}}: {{event}}");
  public static final Template DEFAULT_TEXT =
      new Template("{{service}} {{from}} -> {{to}} at {{weight}}: {{reason}}");

  public Template {
    ImmutableList<String> problems = problems(source);
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", problems));
    }
  }

  /** Everything that keeps a text from being a template. */
  public static ImmutableList<String> problems(String source) {
    ImmutableList.Builder<String> problems = ImmutableList.builder();
    if (source.isBlank()) {
      problems.add("nothing (expected: some text)");
    }
    if (source.length() > MAX_CHARS) {
      problems.add(source.length() + " characters (expected: at most " + MAX_CHARS + ")");
    }
    Matcher places = PLACE.matcher(source);
    while (places.find()) {
      if (Place.of(places.group(1).strip()).isEmpty()) {
        problems.add(
            "{{"
                + places.group(1)
                + "}} (expected: one of "
                + String.join(", ", Arrays.stream(Place.values()).map(Place::word).toList())
                + ")");
      }
    }
    String rest = places.replaceAll("");
    if (rest.contains("{{") || rest.contains("}}")) {
      problems.add("{{ and }} that are no pair (expected: a place, as {{rollout}})");
    }
    return problems.build();
  }

  /** The text with its places filled in; what is filled in is not looked at for places. */
  public String fill(Map<Place, String> values) {
    String filled =
        PLACE
            .matcher(source)
            .replaceAll(found ->
                Matcher.quoteReplacement(
                    Place.of(found.group(1).strip())
                        .map(place -> values.getOrDefault(place, ""))
                        .orElse("")));
    return filled.length() <= MAX_FILLED ? filled : filled.substring(0, MAX_FILLED) + "...";
  }
}

package dev.serin.ads;

import io.grpc.Status;
import java.util.Collection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a request may ask for. */
final class AskLimits {
  private AskLimits() {}

  /**
   * The status with which a request ends its stream; empty: it stays within bounds.
   *
   * @param onlyType the one type of a single-type service; empty on an aggregated stream
   * @param state of the stream so far
   */
  static Optional<Status> check(
      Ask ask, String onlyType, AdsSettings.Limits limits, @Nullable StreamState state) {
    return switch (ask) {
      case Ask.Malformed(String problem) -> invalid(problem);
      case Ask.Full full ->
          type(full, onlyType)
              .or(() -> names(full.names().longest(), full.names().count(), limits))
              .or(() -> types(full, limits, state));
      case Ask.Delta delta ->
          type(delta, onlyType)
              .or(() -> names(longest(delta), count(delta, state), limits))
              .or(() -> types(delta, limits, state));
    };
  }

  private static Optional<Status> type(Ask ask, String onlyType) {
    if (onlyType.isEmpty()) {
      return ask.typeUrl().isEmpty()
          ? invalid("type_url: empty (expected: one, on an aggregated stream)")
          : Optional.empty();
    }
    return ask.typeUrl().isEmpty() || ask.typeUrl().equals(onlyType)
        ? Optional.empty()
        : invalid("type_url: \"" + ask.typeUrl() + "\" (expected: " + onlyType + ")");
  }

  private static Optional<Status> names(int longest, int count, AdsSettings.Limits limits) {
    if (longest > limits.maxNameChars()) {
      return tooMuch("bytes of a name", longest, limits.maxNameChars());
    }
    return count > limits.maxNames()
        ? tooMuch("resource names", count, limits.maxNames())
        : Optional.empty();
  }

  private static Optional<Status> types(
      Ask ask, AdsSettings.Limits limits, @Nullable StreamState state) {
    return state != null && !state.knows(ask.typeUrl()) && state.typeCount() >= limits.maxTypes()
        ? tooMuch("resource types", limits.maxTypes() + 1, limits.maxTypes())
        : Optional.empty();
  }

  private static int longest(Ask.Delta ask) {
    return Math.max(
        longest(ask.subscribe()),
        Math.max(longest(ask.unsubscribe()), longest(ask.initialVersions().keySet())));
  }

  private static int longest(Collection<String> names) {
    int longest = 0;
    for (String name : names) {
      longest = Math.max(longest, name.length());
    }
    return longest;
  }

  private static int count(Ask.Delta ask, @Nullable StreamState state) {
    return ask.subscribe().size()
        + ask.unsubscribe().size()
        + ask.initialVersions().size()
        + (state == null ? 0 : state.subscribed(ask.typeUrl()));
  }

  private static Optional<Status> invalid(String problem) {
    return Optional.of(Status.INVALID_ARGUMENT.withDescription(problem));
  }

  private static Optional<Status> tooMuch(String what, int given, int most) {
    return Optional.of(
        Status.RESOURCE_EXHAUSTED.withDescription(
            "%s: %d (expected: at most %d)".formatted(what, given, most)));
  }
}

package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.serin.mesh.overlay.Matcher;
import dev.serin.mesh.overlay.NewerFields.CookieMatcher;
import java.util.List;

/** Writes matchers into the {@code match} of a route. */
final class TreeMatchers {
  private TreeMatchers() {}

  static ObjectNode add(ObjectNode match, List<Matcher> matchers, KeyStyle style) {
    for (Matcher matcher : matchers) {
      switch (matcher) {
        case Matcher.Header(var message) ->
            append(match, "headers", Trees.of(message, style), style);
        case Matcher.Query(var message) ->
            append(match, "query_parameters", Trees.of(message, style), style);
        case Matcher.Metadata(var message) ->
            append(match, "dynamic_metadata", Trees.of(message, style), style);
        case Matcher.State(var message) ->
            append(match, "filter_state", Trees.of(message, style), style);
        case Matcher.Cookie(CookieMatcher cookie) ->
            append(match, "cookies", cookie(cookie, style), style);
        case Matcher.OneOf byTree -> {} // the virtual host's matcher tree asks that
      }
    }
    return match;
  }

  private static void append(ObjectNode match, String field, JsonNode item, KeyStyle style) {
    Trees.append(match, field, List.of(item), style);
  }

  /** The message is newer than the generated classes, which cannot print it. */
  private static JsonNode cookie(CookieMatcher cookie, KeyStyle style) {
    ObjectNode tree = JsonNodeFactory.instance.objectNode();
    tree.put("name", cookie.name());
    tree.set(style.key("string_match"), Trees.of(cookie.match(), style));
    if (cookie.invert()) {
      tree.put(style.key("invert_match"), true);
    }
    return tree;
  }
}

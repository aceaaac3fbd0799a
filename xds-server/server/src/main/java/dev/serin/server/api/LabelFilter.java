package dev.serin.server.api;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The filter of lists: {@code labels.team = "pay" AND labels.tier = "1"}. */
record LabelFilter(ImmutableMap<String, String> wanted) {
  private static final Pattern TERM =
      Pattern.compile("\\s*labels\\.([A-Za-z0-9_./-]{1,63})\\s*=\\s*\"([^\"]{0,63})\"\\s*");

  static LabelFilter parse(String filter) {
    if (filter.isBlank()) {
      return new LabelFilter(ImmutableMap.of());
    }
    ImmutableMap.Builder<String, String> wanted = ImmutableMap.builder();
    for (String term : Splitter.on(" AND ").split(filter)) {
      Matcher matcher = TERM.matcher(term);
      if (!matcher.matches()) {
        throw Replies.badField(
            "filter", filter + " (expected: labels.NAME = \"VALUE\", joined by AND)");
      }
      wanted.put(matcher.group(1), matcher.group(2));
    }
    return new LabelFilter(wanted.buildKeepingLast());
  }

  boolean matches(Map<String, String> labels) {
    return wanted.entrySet().stream()
        .allMatch(term -> term.getValue().equals(labels.get(term.getKey())));
  }
}

package dev.serin.cli;

import java.util.List;

/** {@code -l team=pay} as the API's filter. */
final class Labels {
  private Labels() {}

  static String filter(List<String> labels) {
    return String.join(
        " AND ",
        labels.stream()
            .map(label -> {
              int equals = label.indexOf('=');
              if (equals < 1) {
                throw new CommandFailure(Exit.USAGE, "-l: " + label + " (expected: label=value)");
              }
              return "labels."
                  + label.substring(0, equals)
                  + " = \""
                  + label.substring(equals + 1)
                  + "\"";
            })
            .toList());
  }
}

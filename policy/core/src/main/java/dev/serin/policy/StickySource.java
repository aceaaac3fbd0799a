package dev.serin.policy;

/** What a request is recognised by, so that the same user stays on the same version. */
public sealed interface StickySource {
  record Header(String header) implements StickySource {}

  record Cookie(String cookie) implements StickySource {}

  record SourceIp() implements StickySource {}
}

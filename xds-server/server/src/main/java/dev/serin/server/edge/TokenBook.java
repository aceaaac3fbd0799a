package dev.serin.server.edge;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import dev.serin.server.config.SecretRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The bearer tokens that are accepted, each with its actor. Only digests are kept. The source has
 * one {@code TOKEN ACTOR} a line, and after the actor, where he has any, {@code roles=a,b}; empty
 * lines and lines that begin with {@code #} say nothing.
 */
public final class TokenBook {

  private static final String ROLES = "roles=";
  private static final int MIN_LENGTH = 16;
  private static final int MAX_LENGTH = 1024;

  private record Entry(HashCode digest, Actor actor) {}

  private final ImmutableList<Entry> entries;

  private TokenBook(ImmutableList<Entry> entries) {
    this.entries = entries;
  }

  /** What reading a source came to. */
  public sealed interface Reading {
    /** The book; it has at least one token. */
    record Read(TokenBook book) implements Reading {}

    /** Why there is none; lines are named, tokens never. */
    record Unreadable(ImmutableList<String> problems) implements Reading {}
  }

  /** Reads the tokens from where the configuration says they are. */
  public static Reading read(SecretRef source, Map<String, String> environment) {
    return switch (source) {
      case SecretRef.InEnvironment(String variable) ->
          parse(environment.getOrDefault(variable, ""));
      case SecretRef.InFile file -> {
        try {
          yield parse(Files.readString(file.path()));
        } catch (IOException e) {
          yield new Reading.Unreadable(ImmutableList.of("tokens: " + e));
        }
      }
    };
  }

  static Reading parse(String text) {
    ImmutableList.Builder<Entry> entries = ImmutableList.builder();
    ImmutableList.Builder<String> problems = ImmutableList.builder();
    Set<HashCode> seen = new HashSet<>();
    List<String> lines = Splitter.on('\n').trimResults().splitToList(text);
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isEmpty() || lines.get(i).startsWith("#")) {
        continue;
      }
      List<String> words = Splitter.onPattern("\\s+").limit(2).splitToList(lines.get(i));
      Optional<Actor> actor = words.size() < 2 ? Optional.empty() : actorOf(words.get(1));
      HashCode digest = digest(words.get(0));
      String line = "tokens, line " + (i + 1) + ": ";
      if (words.get(0).length() < MIN_LENGTH || words.get(0).length() > MAX_LENGTH) {
        problems.add(
            line + "a token of " + words.get(0).length() + " characters (expected: 16..1024)");
      } else if (actor.isEmpty()) {
        problems.add(
            line
                + "expected TOKEN ACTOR [roles=ROLE,...], the actor 1..128 printable ASCII"
                + " characters, a role [a-z0-9-]{1,63}");
      } else if (!seen.add(digest)) {
        problems.add(line + "the token stands twice");
      } else {
        entries.add(new Entry(digest, actor.get()));
      }
    }
    if (seen.isEmpty() && problems.build().isEmpty()) {
      problems.add("tokens: none (expected: one TOKEN ACTOR a line)");
    }
    ImmutableList<String> found = problems.build();
    return found.isEmpty()
        ? new Reading.Read(new TokenBook(entries.build()))
        : new Reading.Unreadable(found);
  }

  /** A name may have spaces; roles are the last word, where it begins so. */
  private static Optional<Actor> actorOf(String text) {
    int at = text.lastIndexOf(' ');
    String last = text.substring(at + 1);
    boolean named = at > 0 && last.startsWith(ROLES);
    return Actor.named(named ? text.substring(0, at).strip() : text)
        .flatMap(actor -> actor.withRoles(named ? last.substring(ROLES.length()) : ""));
  }

  /**
   * Whose token it is. Digests of equal length are compared whole and all of them every time, so
   * that the time taken tells nothing of how near a guess came.
   */
  Optional<Actor> actor(String token) {
    byte[] digest = digest(token).asBytes();
    Optional<Actor> found = Optional.empty();
    for (Entry entry : entries) {
      if (MessageDigest.isEqual(entry.digest().asBytes(), digest)) {
        found = Optional.of(entry.actor());
      }
    }
    return found;
  }

  private static HashCode digest(String token) {
    return Hashing.sha256().hashString(token, StandardCharsets.UTF_8);
  }
}

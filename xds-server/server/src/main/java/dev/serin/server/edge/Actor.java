package dev.serin.server.edge;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSortedSet;
import io.grpc.Context;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Who asks. Within a gRPC method, whether it was called by gRPC or as JSON, {@link #current()} is
 * the one whose call it is.
 *
 * @param name printable ASCII, 1..128 characters
 * @param roles what he may decide; empty where nobody's roles are known, since no token is asked
 *     for
 */
public record Actor(String name, Optional<ImmutableSortedSet<String>> roles) {

  /** The actor of a call that names none where none is asked for. */
  public static final Actor ANONYMOUS = new Actor("anonymous");

  private static final Pattern ROLES = Pattern.compile("[a-z0-9-]{1,63}(,[a-z0-9-]{1,63})*");

  static final Context.Key<Actor> KEY = Context.keyWithDefault("serin-actor", ANONYMOUS);

  private static final int MAX_LENGTH = 128;

  public Actor {
    if (!isName(name)) {
      throw new IllegalArgumentException("name: expected 1..128 printable ASCII characters");
    }
  }

  /** Somebody of whom nothing but the name is known. */
  public Actor(String name) {
    this(name, Optional.empty());
  }

  /** The same with the roles of a comma-separated list; empty when it is none. */
  Optional<Actor> withRoles(String list) {
    if (list.isEmpty()) {
      return Optional.of(new Actor(name, Optional.of(ImmutableSortedSet.of())));
    }
    return ROLES.matcher(list).matches()
        ? Optional.of(
            new Actor(name, Optional.of(ImmutableSortedSet.copyOf(Splitter.on(',').split(list)))))
        : Optional.empty();
  }

  /** The actor of the present call; {@link #ANONYMOUS} outside of one. */
  public static Actor current() {
    return KEY.get();
  }

  static Optional<Actor> named(String name) {
    return isName(name) ? Optional.of(new Actor(name)) : Optional.empty();
  }

  private static boolean isName(String name) {
    return !name.isBlank()
        && name.length() <= MAX_LENGTH
        && name.chars().allMatch(c -> c >= 0x20 && c < 0x7f);
  }
}

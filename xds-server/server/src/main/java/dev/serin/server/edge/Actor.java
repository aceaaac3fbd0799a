package dev.serin.server.edge;

import io.grpc.Context;
import java.util.Optional;

/**
 * Who asks. Within a gRPC method, whether it was called by gRPC or as JSON, {@link #current()} is
 * the one whose call it is.
 *
 * @param name printable ASCII, 1..128 characters
 */
public record Actor(String name) {

  /** The actor of a call that names none where none is asked for. */
  public static final Actor ANONYMOUS = new Actor("anonymous");

  static final Context.Key<Actor> KEY = Context.keyWithDefault("serin-actor", ANONYMOUS);

  private static final int MAX_LENGTH = 128;

  public Actor {
    if (!isName(name)) {
      throw new IllegalArgumentException("name: expected 1..128 printable ASCII characters");
    }
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

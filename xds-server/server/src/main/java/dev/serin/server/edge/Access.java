package dev.serin.server.edge;

import com.google.common.base.Ascii;
import dev.serin.server.config.Endpoint;
import io.grpc.Status;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Decides who a caller is, and whether it may call. Pure but for the book it was given. */
final class Access {

  static final String ACTOR_HEADER = "x-serin-actor";

  private static final String SCHEME = "bearer ";
  private static final int MAX_HEADER = 2048;

  private final Optional<TokenBook> tokens;
  private final boolean takesTheirWord;

  /**
   * Without tokens a caller's word for its name is taken on loopback only: elsewhere it would be
   * worth nothing and look like something in the audit log.
   */
  Access(Optional<TokenBook> tokens, Endpoint listen) {
    this.tokens = tokens;
    this.takesTheirWord = tokens.isEmpty() && listen.isLoopback();
  }

  /** What came of a caller's headers. */
  sealed interface Decision {
    record Granted(Actor actor) implements Decision {}

    record Refused(Status status) implements Decision {}
  }

  Decision decide(@Nullable String authorization, @Nullable String claimedActor) {
    if (tokens.isPresent()) {
      return byToken(tokens.get(), authorization);
    }
    if (!takesTheirWord || claimedActor == null || claimedActor.isEmpty()) {
      return new Decision.Granted(Actor.ANONYMOUS);
    }
    return Actor.named(claimedActor)
        .<Decision>map(Decision.Granted::new)
        .orElseGet(() ->
            new Decision.Refused(
                Status.INVALID_ARGUMENT.withDescription(
                    ACTOR_HEADER + ": expected 1..128 printable ASCII characters")));
  }

  private static Decision byToken(TokenBook book, @Nullable String authorization) {
    if (authorization == null) {
      return refused("no token (expected: authorization: Bearer TOKEN)");
    }
    if (authorization.length() > MAX_HEADER
        || authorization.length() <= SCHEME.length()
        || !Ascii.equalsIgnoreCase(authorization.substring(0, SCHEME.length()), SCHEME)) {
      return refused("another authorization (expected: Bearer TOKEN)");
    }
    return book.actor(authorization.substring(SCHEME.length()).strip())
        .<Decision>map(Decision.Granted::new)
        .orElseGet(() -> refused("unknown token"));
  }

  private static Decision refused(String why) {
    return new Decision.Refused(Status.UNAUTHENTICATED.withDescription(why));
  }
}

package dev.serin.server.control;

import dev.serin.text.RecordJson;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the store may be what is left of the one that proxies were served from, and who says what
 * about that; each finding is journalled by a command of its own. Any thread may ask and tell.
 */
public final class StoreDoubt {
  private static final Logger log = LoggerFactory.getLogger(StoreDoubt.class);

  private final Consumer<Function<ControlTurn, Outcome<String>>> commands;
  private volatile StoreTrust trust;

  StoreDoubt(StoreTrust trust, Consumer<Function<ControlTurn, Outcome<String>>> commands) {
    this.trust = trust;
    this.commands = commands;
  }

  /** Whether nobody has settled it. */
  public boolean isOpen() {
    return trust.doubtful();
  }

  /** What was found to be lost, in a sentence for people. */
  Optional<String> lost() {
    return trust.lost();
  }

  /** Somebody runs what this store cannot have made. */
  public synchronized void confirm(String what) {
    if (trust.lost().isEmpty()) {
      trust = trust.lose(what);
      log.error("{}", trust.lost().orElseThrow());
      note(StoreTrust.LOST, what);
    }
  }

  /** An operator knows what the store holds, and means it. */
  public synchronized void dismiss() {
    if (trust.doubtful()) {
      trust = StoreTrust.accepted();
      note(StoreTrust.ACCEPTED, "an operator has accepted the store as it is");
    }
  }

  private void note(String kind, String what) {
    commands.accept(turn -> {
      turn.record(StoreTrust.STREAM, kind, RecordJson.write(new StoreTrust.Note(what)));
      return Outcome.done(kind);
    });
  }
}

package dev.serin.cli;

import dev.serin.v1.Rollout;
import dev.serin.v1.WatchRolloutsRequest;
import dev.serin.v1.WatchRolloutsResponse;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code serin wait NAME --for promoted}. */
@Command(
    name = "wait",
    description =
        "Wait until a rollout is promoted or rolled back; exit 3 when it went the other way.")
final class WaitCommand implements Callable<Integer> {
  /** What is waited for. */
  enum Outcome {
    promoted,
    rolledBack
  }

  @Parameters(index = "0", paramLabel = "NAME")
  String name = "";

  @Option(names = "--for", required = true, description = "${COMPLETION-CANDIDATES}")
  Outcome outcome = Outcome.promoted;

  @Option(names = "--timeout", description = "As 90s, 30m or 2h; without it, for ever.")
  @Nullable String timeout;

  @Mixin Tenant tenant = new Tenant();
  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  /** Longer than any restart takes. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final Duration RETRY = Duration.ofMillis(500);

  /** Whether there has been a server at all. */
  private boolean seen;

  /** Since when there has been no answer; empty: there is a server. */
  private OptionalLong lost = OptionalLong.empty();

  @Override
  public Integer call() {
    Optional<Duration> limit =
        Optional.ofNullable(timeout).map(text -> Durations.parse("--timeout", text));
    long begun = System.nanoTime();
    try (Connection connection = server) {
      OptionalInt exit = OptionalInt.empty();
      while (exit.isEmpty()) {
        long waited = System.nanoTime() - begun;
        if (limit.isPresent() && waited >= limit.get().toNanos()) {
          throw timedOut();
        }
        try {
          exit = follow(watch(connection, limit.map(l -> l.toNanos() - waited)));
        } catch (StatusRuntimeException ended) {
          outlive(ended);
        }
        if (exit.isEmpty()) {
          pause();
          connection.tryAtOnce();
        }
      }
      return exit.getAsInt();
    }
  }

  /**
   * A server that was there may be restarting, and its rollouts go on where they were; one that
   * never was is not waited for.
   */
  private void outlive(StatusRuntimeException ended) {
    if (Failures.exitCode(ended) == Exit.TIMED_OUT) {
      throw timedOut();
    }
    // What was cut off, or refused for the moment, had somebody at the other end.
    seen |= Failures.exitCode(ended) != Exit.UNREACHABLE;
    long now = System.nanoTime();
    if (!Failures.mayPass(ended) || !seen || now - lost.orElse(now) > PATIENCE.toNanos()) {
      throw ended;
    }
    if (lost.isEmpty()) {
      Console.err(spec).println("serin: the server has gone; waiting for it to come back");
      Console.err(spec).flush();
      lost = OptionalLong.of(now);
    }
  }

  private void pause() {
    try {
      Thread.sleep(RETRY);
    } catch (InterruptedException asked) {
      Thread.currentThread().interrupt();
      throw new CommandFailure(Exit.FAILED, "interrupted");
    }
  }

  private CommandFailure timedOut() {
    return new CommandFailure(Exit.TIMED_OUT, name + " is not " + outcome + " after " + timeout);
  }

  private Iterator<WatchRolloutsResponse> watch(Connection connection, Optional<Long> nanos) {
    var stub = connection.rolloutWatches();
    if (nanos.isPresent()) {
      stub = stub.withDeadlineAfter(nanos.get(), TimeUnit.NANOSECONDS);
    }
    String fullName = ResourceKind.ROLLOUT.fullName(tenant.name(), name);
    return stub.watchRollouts(WatchRolloutsRequest.newBuilder().setParent(fullName).build());
  }

  /** The exit code once it is known; empty when the server ended the watch before. */
  private OptionalInt follow(Iterator<WatchRolloutsResponse> events) {
    boolean there = false;
    while (events.hasNext()) {
      WatchRolloutsResponse event = events.next();
      seen = true;
      lost = OptionalLong.empty();
      if (event.hasDeleted()) {
        throw new CommandFailure(Exit.OTHER_WAY, name + " was deleted");
      }
      if (event.getSynced() && !there) {
        throw new CommandFailure(
            Exit.FAILED, "rollout " + tenant.name() + "/" + name + " does not exist");
      }
      if (!event.hasRollout()) {
        continue;
      }
      there = true;
      Rollout rollout = event.getRollout();
      boolean promoted = RolloutText.promoted(rollout);
      if (promoted || RolloutText.rolledBack(rollout)) {
        Console.out(spec).println(Output.line(rollout.getStatus().getReason()));
        Console.out(spec).flush();
        boolean asWanted = promoted == (outcome == Outcome.promoted);
        return OptionalInt.of(asWanted ? Exit.DONE : Exit.OTHER_WAY);
      }
    }
    return OptionalInt.empty();
  }
}

package dev.serin.cli;

import dev.serin.v1.Rollout;
import dev.serin.v1.WatchRolloutsRequest;
import dev.serin.v1.WatchRolloutsResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
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

  @Override
  public Integer call() {
    try (Connection connection = server) {
      var stub = connection.rolloutWatches();
      if (timeout != null) {
        Duration limit = Durations.parse("--timeout", timeout);
        stub = stub.withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS);
      }
      String fullName = ResourceKind.ROLLOUT.fullName(tenant.name(), name);
      Iterator<WatchRolloutsResponse> events =
          stub.watchRollouts(WatchRolloutsRequest.newBuilder().setParent(fullName).build());
      return follow(events);
    } catch (StatusRuntimeException ended) {
      if (ended.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED) {
        throw new CommandFailure(Exit.TIMED_OUT, name + " is not " + outcome + " after " + timeout);
      }
      throw ended;
    }
  }

  private int follow(Iterator<WatchRolloutsResponse> events) {
    while (events.hasNext()) {
      WatchRolloutsResponse event = events.next();
      if (event.hasDeleted()) {
        throw new CommandFailure(Exit.OTHER_WAY, name + " was deleted");
      }
      if (!event.hasRollout()) {
        continue;
      }
      Rollout rollout = event.getRollout();
      boolean promoted = RolloutText.promoted(rollout);
      if (promoted || RolloutText.rolledBack(rollout)) {
        Console.out(spec).println(rollout.getStatus().getReason());
        Console.out(spec).flush();
        return promoted == (outcome == Outcome.promoted) ? Exit.DONE : Exit.OTHER_WAY;
      }
    }
    throw new CommandFailure(Exit.UNREACHABLE, "the server ended the watch");
  }
}

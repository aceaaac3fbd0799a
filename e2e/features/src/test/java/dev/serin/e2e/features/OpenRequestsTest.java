package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.Behaviour;
import dev.serin.e2e.traffic.Load;
import dev.serin.e2e.traffic.Outcome;
import dev.serin.v1.OpenRequests;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.RolloutStatus.Phase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was under way at a canary that is taken to zero goes on, and is told until it has ended. */
@RequireEnvoy
class OpenRequestsTest {
  @Test
  void aRollbackTellsWhatIsUnderWayAtTheCanaryUntilItEnds(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    try (TestMesh mesh = TestMesh.start(runner, folder)) {
      mesh.canary().behave(new Behaviour(0, Duration.ofSeconds(10), 0));
      mesh.release(
          """
          sticky: none
          steps: [{weight: 1%, bake: 1h}, {weight: 100%, bake: 1h}]
          analysis: off
          """);
      mesh.setWeight(500_000);
      assertThat(mesh.rollout().getOpenList()).as("both versions get requests").isEmpty();

      ConcurrentLinkedQueue<Outcome> answers = new ConcurrentLinkedQueue<>();
      try (Load load = mesh.load(40, answers::add)) {
        Await.until("requests at v2", TestMesh.PATIENCE, mesh.canary()::requests, got -> got >= 10);
        load.setRate(0);
        var unused = mesh.api().abort(TestMesh.ROLLOUT);
        mesh.awaitPhase(Phase.ROLLED_BACK, TestMesh.PATIENCE);
        long under = mesh.canary().requests();

        RolloutStatus told =
            Await.until(
                under + " requests told of",
                TestMesh.PATIENCE,
                mesh::rollout,
                status -> status.getOpenList().equals(open(under)));
        TestMesh.say("open at v2 after the rollback: " + told.getOpenList());
        assertThat(answers).as("none of them has ended").noneMatch(a -> a.version().equals("v2"));

        Await.until(
            "none under way",
            TestMesh.PATIENCE,
            mesh::rollout,
            status -> status.getOpenList().equals(open(0)));
        assertThat(answers.stream().filter(a -> a.version().equals("v2")).count()).isEqualTo(under);
        assertThat(answers).allMatch(answer -> answer.status() == 200);
      }
    }
  }

  private static List<OpenRequests> open(long requests) {
    return List.of(OpenRequests.newBuilder().setVersion("v2").setRequests(requests).build());
  }
}

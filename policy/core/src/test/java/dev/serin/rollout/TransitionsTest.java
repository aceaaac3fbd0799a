package dev.serin.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The table of transitions against what the scenarios do, and against its picture. */
class TransitionsTest {

  private static final List<Class<?>> SCENARIOS =
      List.of(
          StepsTest.class,
          StopsTest.class,
          VerbsTest.class,
          ApprovalsTest.class,
          GatewayTest.class,
          ReturnsTest.class);

  @Test
  void everyDeclaredRowIsTakenByAScenario() throws ReflectiveOperationException {
    // Runs the scenarios itself, so that neither order nor selection of tests matters.
    for (Class<?> scenarios : SCENARIOS) {
      for (Method scenario : scenarios.getDeclaredMethods()) {
        if (scenario.isAnnotationPresent(Test.class)) {
          var constructor = scenarios.getDeclaredConstructor();
          scenario.invoke(constructor.newInstance());
        }
      }
    }
    assertThat(Sets.difference(Transitions.ROWS, ImmutableSet.copyOf(Drive.VISITED)))
        .as("rows that no scenario takes")
        .isEmpty();
  }

  @Test
  void undeclaredMoveIsABug() {
    assertThatThrownBy(() ->
            Transitions.take(
                Phase.ROLLED_BACK, Event.Kind.TICK, Phase.PROGRESSING, Optional.of(Move.ADVANCE)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("ROLLED_BACK -> PROGRESSING");
    assertThatThrownBy(() ->
            Transitions.take(Phase.PAUSED, Event.Kind.TICK, Phase.PROGRESSING, Optional.empty()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void everyMoveStandsInARow() {
    assertThat(Transitions.ROWS.stream().map(Transitions.Row::move).distinct())
        .containsExactlyInAnyOrder(Move.values());
  }

  @Test
  void committedDiagramShowsTheRows() throws IOException {
    Path committed = Path.of("../../docs/states.svg");
    String drawn = StateDiagram.draw();
    if (Boolean.getBoolean("golden.update")) {
      Files.createDirectories(committed.getParent());
      Files.writeString(committed, drawn);
    }
    assertThat(committed)
        .as("docs/states.svg (rewrite it with -Dgolden.update=true and look at it)")
        .exists()
        .hasContent(drawn);
  }
}

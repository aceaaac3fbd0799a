package dev.serin.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TableTest {
  @Test
  void columnsAreAlignedAndTheFirstIsText() {
    Table table = new Table("server", "ms");
    table.row(List.of("a", "1.5"));
    table.row(List.of("longer one", "12345"));
    assertThat(table.toString())
        .isEqualTo(
            """
            | server     |    ms |
            | ---------- | ----: |
            | a          |   1.5 |
            | longer one | 12345 |
            """);
  }

  @Test
  void aNoteStandsInTheFirstCellAndWidensNoColumn() {
    Table table = new Table("server", "ms");
    table.row(List.of("a", "1.5"));
    table.note("b: did not answer");
    assertThat(table.toString())
        .isEqualTo(
            """
            | server |  ms |
            | ------ | --: |
            | a      | 1.5 |
            | b: did not answer |     |
            """);
  }

  @Test
  void aRowOfAnotherLengthIsRefused() {
    assertThatThrownBy(() -> new Table("a", "b").row(List.of("1")))
        .hasMessage("cells: 1 (expected: 2)");
  }
}

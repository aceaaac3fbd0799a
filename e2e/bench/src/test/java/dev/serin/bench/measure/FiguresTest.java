package dev.serin.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class FiguresTest {
  @Test
  void aQuantileIsTheSmallestValueThatItsShareDoesNotExceed() {
    long[] hundred = LongStream.rangeClosed(1, 100).toArray();
    assertThat(Figures.quantile(hundred, 0.5)).isEqualTo(50);
    assertThat(Figures.quantile(hundred, 0.99)).isEqualTo(99);
    assertThat(Figures.quantile(hundred, 1)).isEqualTo(100);
    assertThat(Figures.quantile(new long[] {7}, 0.01)).isEqualTo(7);
    assertThat(Figures.quantile(new long[] {1, 2, 3}, 0.34)).isEqualTo(2);
  }

  @Test
  void aQuantileOfNothingIsNoNumber() {
    assertThat(Figures.quantile(new long[0], 0.5)).isNaN();
    assertThatThrownBy(() -> Figures.quantile(new long[] {1}, 0)).hasMessageContaining("p: 0.0");
    assertThatThrownBy(() -> Figures.quantile(new long[] {1}, 1.1)).hasMessageContaining("p: 1.1");
  }

  @Test
  void theMedianStandsInTheMiddleHoweverValuesAreOrdered() {
    assertThat(Figures.median(new double[] {9, 1, 5})).isEqualTo(5);
    assertThat(Figures.median(new double[] {4, 1, 3, 2})).isCloseTo(2.5, within(1e-12));
    assertThat(Figures.median(new double[0])).isNaN();
    assertThat(Figures.median(List.of("a", "bbb", "cc"), String::length)).isEqualTo(2);
    assertThat(Figures.least(List.of("bbb", "a", "cc"), String::length)).isEqualTo(1);
  }

  @Test
  void theMedianLeavesItsInputAsItWas() {
    double[] values = {3, 1, 2};
    Figures.median(values);
    assertThat(values).containsExactly(3, 1, 2);
  }
}

package dev.serin.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ProfileReportTest {
  @Test
  void bytesAreSummedByOwnerAndDividedAmongStreamsAndPushes() {
    ProfileReport report =
        ProfileReport.of(
            List.of(
                "allocated\tNetty\tbyte[]\tA.b < C.d\t1000\t2",
                "allocated\tSerin\tString\tE.f\t6000\t5",
                "allocated\tNetty\tObject[]\tG.h\t1000\t3",
                "ran\tSerin\tI.j\t3",
                "ran\tJDK\tK.l\t1"),
            8_200,
            100);
    assertThat(report.toString())
        .contains(
            """
            | Serin                    |              60.0 | 75.0 % |       5 |
            | Netty                    |              20.0 | 25.0 % |       5 |
            | all, by samples          |              80.0 |  100 % |      10 |
            | all, as the JVM counts   |              82.0 |        |         |
            """)
        .contains("| byte[]: A.b < C.d | Netty |              10.0 | 12.5 % |       2 |")
        .contains("| I.j                    | Serin | 75.0 % |       3 |");
  }

  @Test
  void aLineThatIsNeitherIsRefused() {
    assertThatThrownBy(() -> ProfileReport.of(List.of("slept\tSerin"), 1, 1))
        .hasMessageContaining("slept");
  }
}

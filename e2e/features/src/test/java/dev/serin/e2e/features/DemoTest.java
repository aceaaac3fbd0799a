package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.cli.demo.Demo;
import dev.serin.cli.demo.DemoReport;
import dev.serin.cli.demo.Scenario;
import dev.serin.e2e.envoy.RequireEnvoy;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/** What a stranger sees first: the demo's bad release, by its own report. */
@RequireEnvoy
final class DemoTest {

  @Test
  void theDemosBadReleaseIsBackAtZeroOnEveryProxyWithinTenSeconds() throws Exception {
    StringWriter screen = new StringWriter();
    try (Demo demo =
        Demo.headless(new Demo.Options(Scenario.bad, 3), new PrintWriter(screen, true))) {
      DemoReport report = demo.run();
      assertThat(report.asExpected()).as(screen.toString()).isTrue();
      assertThat(report.firstBadToZeroSeconds().orElseThrow()).isLessThan(10);
      System.out.println("first bad answer to zero everywhere: " + report.firstBadToZeroSeconds());
    }
  }
}

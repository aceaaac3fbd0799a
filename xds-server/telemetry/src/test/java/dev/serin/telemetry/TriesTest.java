package dev.serin.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import dev.serin.mesh.bootstrap.ReportedStats;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TriesTest {

  /** Counters as an Envoy 1.40 sent them; 60 requests of each kind were made. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      textBlock =
          """
          200,                      total=60 completed=60,                                                60,   0,   0
          503,                      total=60 completed=60 5xx=60,                                         60,  60,   0
          503 with two retries,     total=180 completed=60 5xx=60 retry=120,                             180, 180,   0
          30 % 503 with retries,    total=83 completed=60 5xx=1 retry=23,                                 83,  24,   0
          route timeout over HTTP1, total=60 completed=60 5xx=60 timeout=60 closed=60,                    60,  60,  60
          timeouts of single tries, total=170 completed=51 5xx=51 retry=111 timeout=51 per=120 closed=170, 162, 162, 162
          connection refused,       completed=60 5xx=60,                                                  60,  60,   0
          refused with two retries, completed=60 5xx=60 retry=120,                                       180, 180,   0
          no endpoint,              completed=60 5xx=60,                                                  60,  60,   0
          reset with two retries,   total=180 completed=60 5xx=60 retry=120,                             180, 180,   0
          caller gave up on HTTP1,  total=60 closed=60,                                                   60,  60,  60
          caller gave up on HTTP2,  total=60 completed=14 reset=46,                                       60,  46,  46
          events cut by the caller, total=60 completed=60 closed=60,                                      60,   0,   0
          circuit breaker,          total=22 completed=60 5xx=38 pending=38,                              22,   0,   0
          """)
  void httpTriesAreCountedWhereTheyEnd(
      String what, String counters, long requests, long errors, long unanswered) {
    Tries tries = Tries.http(parse(counters), 0);

    assertThat(tries).isEqualTo(new Tries(requests, errors, unanswered, tries.waiting()));
  }

  /** The same of an aggregate of canary and stable; the canary's tries are the first ones. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      textBlock =
          """
          both answer 200,          completed=57,                                 57,  0
          canary 503 stable 200,    completed=96 retry=96,                        96, 96
          both 503,                 completed=89 5xx=89 retry=89 limit=89,        89, 89
          both refuse connections,  completed=9 5xx=9 retry=9 limit=9,             9,  9
          one in three at canary,   completed=60 retry=20,                        60, 20
          """)
  void ofACanaryThatFallsBackTheFirstTriesAreCounted(
      String what, String counters, long requests, long errors) {
    Tries http = Tries.http(FirstTries.of(parse(counters)), 0);
    Tries grpc =
        Tries.grpc(
            FirstTries.of(
                parse(
                    counters
                        .replace("5xx=", "grpc.14=")
                        .replaceAll("completed=(\\d+)", "completed=$1 grpc.total=$1"))),
            0);

    assertThat(http).isEqualTo(new Tries(requests, errors, 0, 0));
    assertThat(grpc).isEqualTo(new Tries(requests, errors, 0, 0));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      textBlock =
          """
          OK,                        total=60 completed=60 grpc.total=60,                                  60,   0,  0
          UNAVAILABLE behind a 200,  total=60 completed=60 grpc.total=60 grpc.14=60,                       60,  60,  0
          NOT_FOUND,                 total=60 completed=60 grpc.total=60,                                  60,   0,  0
          UNAVAILABLE with retries,  total=180 completed=60 retry=120 grpc.total=60 grpc.14=60,           180, 180,  0
          caller's deadline,         total=60 completed=14 reset=46 grpc.total=14 grpc.4=14,               60,  60, 46
          route timeout,             total=60 completed=60 5xx=60 timeout=60 reset=60 grpc.total=60 grpc.14=60, 60, 60, 60
          connection refused,        completed=60 5xx=60 grpc.total=60 grpc.14=60,                         60,  60,  0
          circuit breaker,           total=10 completed=60 5xx=50 active=50 grpc.total=60 grpc.14=50,      10,   0,  0
          """)
  void grpcCallsAreJudgedByTheirStatus(
      String what, String counters, long requests, long errors, long unanswered) {
    Tries tries = Tries.grpc(parse(counters), 0);

    assertThat(tries).isEqualTo(new Tries(requests, errors, unanswered, tries.waiting()));
  }

  @Test
  void aTryCutInALaterFlushThanItBeganInIsStillAnError() {
    Tries begun = Tries.http(parse("total=5"), 0);
    Tries cut = Tries.http(parse("closed=5"), begun.waiting());

    assertThat(begun).isEqualTo(new Tries(0, 0, 0, 5));
    assertThat(cut).isEqualTo(new Tries(5, 5, 5, 0));
  }

  @Test
  void whateverTheCountersSayErrorsArePartOfRequests() {
    long seed = 20_261_122;
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      Map<String, Long> counters = new TreeMap<>();
      ReportedStats.COUNTERS.forEach(name -> counters.put(name, random.nextLong(50)));
      for (Tries tries :
          new Tries[] {Tries.http(counters, random.nextLong(9)), Tries.grpc(counters, 0)}) {
        assertThat(tries.errors()).isBetween(0L, tries.requests());
        assertThat(tries.unanswered()).isBetween(0L, tries.errors());
        assertThat(tries.waiting()).isNotNegative();
      }
    }
  }

  private static Map<String, Long> parse(String counters) {
    Map<String, String> names =
        Map.ofEntries(
            Map.entry("total", ReportedStats.TOTAL),
            Map.entry("completed", ReportedStats.COMPLETED),
            Map.entry("5xx", ReportedStats.ANSWERED_5XX),
            Map.entry("retry", ReportedStats.RETRY),
            Map.entry("limit", ReportedStats.RETRY_LIMIT),
            Map.entry("timeout", ReportedStats.TIMEOUT),
            Map.entry("per", ReportedStats.PER_TRY_TIMEOUT),
            Map.entry("reset", ReportedStats.TX_RESET),
            Map.entry("closed", ReportedStats.CLOSED_WITH_ACTIVE),
            Map.entry("pending", ReportedStats.PENDING_OVERFLOW),
            Map.entry("active", ReportedStats.ACTIVE_OVERFLOW));
    Map<String, Long> parsed = new TreeMap<>();
    Splitter.on(' ')
        .trimResults()
        .omitEmptyStrings()
        .withKeyValueSeparator('=')
        .split(counters)
        .forEach(
            (name, value) -> parsed.put(names.getOrDefault(name, name), Long.parseLong(value)));
    assertThat(ReportedStats.COUNTERS).containsAll(parsed.keySet());
    return parsed;
  }
}

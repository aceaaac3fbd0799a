package dev.serin.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import dev.serin.judge.Baseline.Block;
import dev.serin.policy.Analysis.Harm;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** Figures computed elsewhere, partly with fifty digits, reproduced to a relative 1e-9. */
final class VectorsTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void oneWindowsIncrementMatches() {
    for (JsonNode c : cases("increment")) {
      Contrast contrast =
          new Contrast(
              c.get("rho").asDouble(),
              c.get("delta").asDouble(),
              c.get("cap").asDouble(),
              ImmutableDoubleArray.of(c.get("r").asDouble()));
      double nats = contrast.increment(0, counts(c), 0, c.get("phi").asDouble());
      assertClose(nats, c.get("logE").asDouble(), c.toString());
    }
  }

  @Test
  void evidenceAndDispersionMatchAfterEveryWindow() {
    int compared = 0;
    for (JsonNode c : cases("eprocess")) {
      boolean robust = c.get("robust").asBoolean();
      ImmutableList<Contrast> contrasts =
          ImmutableList.of(
              new Contrast(
                  c.get("rho").asDouble(),
                  c.get("delta").asDouble(),
                  c.get("cap").asDouble(),
                  doubles(c.get("grid"))));
      EvidenceProcess process =
          EvidenceProcess.start(contrasts, ImmutableList.of(Dispersion.Prior.INDEPENDENT_REQUESTS));
      for (int i = 0; i < c.get("windows").size(); i++) {
        JsonNode w = c.get("windows").get(i);
        Counts counts = w.get("usable").asBoolean() ? counts(w) : Counts.NONE;
        process = process.observe(contrasts, counts, w.get("newStep").asBoolean());
        if (!robust) {
          process = new EvidenceProcess(process.mixture(), independent());
        }
        String where = c.get("kind").asText() + " robust=" + robust + " window " + i;
        assertClose(process.lnE(), c.get("logM").get(i).asDouble(), where);
        assertClose(process.dispersions().getFirst().phi(), c.get("phi").get(i).asDouble(), where);
        compared++;
      }
    }
    assertThat(compared).isEqualTo(8 * 72);
  }

  private static ImmutableList<Dispersion> independent() {
    return ImmutableList.of(Dispersion.start(Dispersion.Prior.INDEPENDENT_REQUESTS));
  }

  @Test
  void evidenceAgainstHarmMatches() {
    int compared = 0;
    for (JsonNode c : cases("ruleout")) {
      RuleOut ruleOut = RuleOut.START;
      for (int i = 0; i < c.get("windows").size(); i++) {
        JsonNode w = c.get("windows").get(i);
        if (w.get("usable").asBoolean()) {
          Counts n = counts(w);
          ruleOut =
              ruleOut.plus(n.canary(), n.stable(), n.canaryHits().get(0), n.stableHits().get(0));
        }
        JsonNode expected = c.get("logE").get(i);
        for (String mde : ImmutableList.copyOf(expected.fieldNames())) {
          assertClose(
              ruleOut.lnE(Double.parseDouble(mde)),
              expected.get(mde).asDouble(),
              c.get("kind").asText() + " window " + i + " mde " + mde);
          compared++;
        }
      }
    }
    assertThat(compared).isGreaterThan(200);
  }

  @Test
  void dispersionPriorMatches() {
    JsonNode file = read("phi_prior");
    List<Block> blocks = new ArrayList<>();
    for (JsonNode b : file.get("blocks")) {
      blocks.add(
          new Block(
              Duration.ofMinutes(2),
              new ArmCounts(b.get("n1").asLong(), b.get("k1").asLong(), Histogram.NONE),
              new ArmCounts(b.get("n2").asLong(), b.get("k2").asLong(), Histogram.NONE)));
    }
    Dispersion.Prior prior = Calibration.errors(ImmutableList.copyOf(blocks));
    assertClose(prior.chiSquare(), file.get("chi0").asDouble(), "chi0");
    assertClose(prior.freedom(), file.get("n0").asDouble(), "n0");
    assertClose(Dispersion.start(prior).phi(), file.get("phi").asDouble(), "phi");
    Dispersion.Prior unknown = Calibration.errors(ImmutableList.of());
    assertClose(
        Dispersion.start(unknown).phi(), file.get("noHistory").get("phi").asDouble(), "no history");
  }

  @Test
  void absoluteBoundMatches() {
    for (JsonNode c : cases("slo")) {
      double n = 0;
      double k = 0;
      for (JsonNode row : c.get("rows")) {
        n += row.get("n").asDouble();
        k += row.get("k").asDouble();
        assertClose(
            mean(n, k, c.get("slo").asDouble()), row.get("logE").asDouble(), row.toString());
      }
    }
  }

  private static double mean(double n, double k, double bound) {
    double[] nats =
        AbsoluteBound.FACTORS.stream().map(r -> AbsoluteBound.nats(r, n, k, bound)).toArray();
    return LogSum.of(nats) - Math.log(nats.length);
  }

  @Test
  void weightedSumMatches() {
    for (JsonNode c : cases("combine")) {
      ImmutableSortedMap.Builder<String, Double> weights = ImmutableSortedMap.naturalOrder();
      for (int i = 0; i < c.get("weights").size(); i++) {
        weights.put("cluster-" + i, c.get("weights").get(i).asDouble());
      }
      double sum = ClusterMean.lnE(weights.build(), i -> c.get("logM").get(i).asDouble());
      assertClose(sum, c.get("out").asDouble(), c.toString());
    }
  }

  @Test
  void forecastMatches() {
    for (JsonNode c : cases("planning")) {
      OptionalDouble windows =
          Planning.windowsToRollback(
              c.get("nc").asDouble(),
              c.get("nb").asDouble(),
              c.get("pc").asDouble(),
              c.get("pb").asDouble(),
              new Harm(c.get("rho").asDouble(), c.get("delta").asDouble()),
              0.01);
      assertClose(Planning.natsNeeded(0.01), c.get("needNats").asDouble(), "nats");
      if (c.get("windows").isNull()) {
        assertThat(windows).as(c.toString()).isEmpty();
      } else {
        assertClose(windows.orElseThrow(), c.get("windows").asDouble(), c.toString());
      }
    }
  }

  private static void assertClose(double actual, double expected, String where) {
    assertThat(actual)
        .as(where)
        .isCloseTo(expected, within(1e-9 * Math.max(Math.abs(expected), 1e-6)));
  }

  /** Counts of a case or window; hits are a number or a list of one. */
  private static Counts counts(JsonNode w) {
    return new Counts(
        w.get("nc").asLong(), w.get("nb").asLong(), hits(w.get("kc")), hits(w.get("kb")));
  }

  private static ImmutableLongArray hits(JsonNode k) {
    return ImmutableLongArray.of(k.isArray() ? k.get(0).asLong() : k.asLong());
  }

  private static ImmutableDoubleArray doubles(JsonNode list) {
    ImmutableDoubleArray.Builder values = ImmutableDoubleArray.builder();
    list.forEach(v -> values.add(v.asDouble()));
    return values.build();
  }

  private static JsonNode cases(String name) {
    JsonNode cases = read(name).get("cases");
    assertThat(cases).as(name).isNotEmpty();
    return cases;
  }

  private static JsonNode read(String name) {
    String path = "/judge/" + name + ".json";
    try (InputStream in =
        Objects.requireNonNull(VectorsTest.class.getResourceAsStream(path), path)) {
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(path, e);
    }
  }
}

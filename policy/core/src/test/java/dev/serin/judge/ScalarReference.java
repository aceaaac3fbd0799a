package dev.serin.judge;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The default policy's judge for one mesh cluster, written once more from the formulas: plain
 * arrays, plain products instead of logarithms, nothing shared with the judge.
 */
final class ScalarReference {

  private static final double[] ERROR_GRID = {1.25, 1.6, 2.5, 5, 20, 100};
  private static final double[] LATENCY_GRID = {1.15, 1.4, 2, 4, 10};
  private static final double[] EXPONENTS = {0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2};

  /** The e-value of harm after each window. */
  final List<Double> eValues = new ArrayList<>();

  /** Whether all the harm that the window's weight must exclude is excluded, after each window. */
  final List<Boolean> excluded = new ArrayList<>();

  private Family errors = new Family(new double[] {1.02}, new double[] {1e-4}, ERROR_GRID, 4.1);
  private Family latency = new Family(new double[0], new double[0], LATENCY_GRID, 1);
  private double latencyAllowed;
  private double[] stableEdge = {};
  private double[] canaryEdge = {};

  private double[] le = {};
  private double[] learnt = {};
  private double learntSeconds;
  private double learntRequests;
  private double canarySince = Double.NaN;
  private double lastWeight = -1;
  private double allRequests;
  private double allErrors;

  /** Begins with blocks of two halves of stable, each two minutes long. */
  void history(JsonNode blocks) {
    ScalarHistory known = new ScalarHistory(blocks);
    errors.known(0, known.errors());
    for (JsonNode block : blocks) {
      count(block.get("a"));
      count(block.get("b"));
    }
    if (learntRequests >= 1000) {
      freeze();
      for (int j = 0; j < stableEdge.length; j++) {
        latency.known(j, known.slowerThan(stableEdge[j]));
      }
    }
  }

  void window(JsonNode line) {
    boolean newStep = line.get("weight").asDouble() > lastWeight;
    lastWeight = line.get("weight").asDouble();
    boolean usable = line.get("missing").isEmpty() && !line.get("counterReset").asBoolean();
    double t = line.get("t").asDouble();
    JsonNode canary = line.get("versions").path("canary");
    JsonNode stable = line.get("versions").path("stable");
    double nc = usable ? canary.get("requests").asDouble() : 0;
    double nb = usable ? stable.get("requests").asDouble() : 0;
    double kc = usable ? canary.get("errors").asDouble() : 0;
    double kb = usable ? stable.get("errors").asDouble() : 0;
    if (Double.isNaN(canarySince) && nc > 0) {
      canarySince = t;
    }
    errors.window(nc, nb, new double[] {kc}, new double[] {kb}, newStep);
    boolean warm = t >= canarySince + 120; // false while NaN
    if (stableEdge.length > 0) {
      double[] slowC = new double[stableEdge.length];
      double[] slowB = new double[stableEdge.length];
      if (usable) {
        slower(canary.get("latency"), canaryEdge, slowC);
        slower(stable.get("latency"), stableEdge, slowB);
      }
      latency.window(warm ? nc : 0, warm ? nb : 0, slowC, slowB, newStep);
    }
    eValues.add(0.5 * errors.eValue() + 0.5 * latency.eValue());
    allRequests += nb;
    allErrors += kb;
    excluded.add(excluded(line.get("weight").asDouble(), allErrors / Math.max(allRequests, 1)));
    if (usable && nb > 0 && stableEdge.length == 0) {
      learn(stable, line.get("durationS").asDouble());
    }
  }

  private boolean excluded(double weight, double ratio) {
    double auto =
        weight >= 0.5
            ? Math.max(0.001, Math.min(0.15 * ratio, 0.25))
            : weight >= 0.25
                ? Math.max(0.003, Math.min(0.5 * ratio, 0.25))
                : weight >= 0.1
                    ? Math.max(0.01, Math.min(ratio, 0.25))
                    : weight >= 0.05
                        ? Math.max(0.02, Math.min(2 * ratio, 0.25))
                        : Math.max(0.05, Math.min(5 * ratio, 0.25));
    double ofErrors = Math.max(auto, 0.02 * ratio + 1e-4);
    double ofLatency = Math.max(Math.max(2 * auto, 0.02), latencyAllowed);
    return errors.against(ofErrors) >= 20
        && stableEdge.length > 0
        && latency.against(ofLatency) >= 20;
  }

  private static void slower(JsonNode histogram, double[] edges, double[] out) {
    for (int j = 0; j < edges.length; j++) {
      for (int i = 0; i < histogram.get("counts").size(); i++) {
        double lower = i == 0 ? 0 : histogram.get("le").get(i - 1).asDouble();
        if (lower >= edges[j]) {
          out[j] += histogram.get("counts").get(i).asDouble();
        }
      }
    }
  }

  private void learn(JsonNode stable, double seconds) {
    count(stable);
    learntSeconds += seconds;
    if (learntSeconds >= 60 && learntRequests >= 1000) {
      freeze();
    }
  }

  private void count(JsonNode stable) {
    JsonNode edges = stable.get("latency").get("le");
    if (le.length == 0) {
      le = new double[edges.size() - 1];
      learnt = new double[edges.size()];
      for (int i = 0; i < le.length; i++) {
        le[i] = edges.get(i).asDouble();
      }
    }
    for (int i = 0; i < learnt.length; i++) {
      learnt[i] += stable.get("latency").get("counts").get(i).asDouble();
    }
    learntRequests += stable.get("requests").asDouble();
  }

  private void freeze() {
    List<Double> stableEdges = new ArrayList<>();
    List<Double> canaryEdges = new ArrayList<>();
    int gate = 0;
    for (double q : new double[] {0.5, 0.75, 0.9, 0.97, 0.99}) {
      double edge = nearest(q, true);
      if (Double.isNaN(edge) || off(edge, q) > Math.log(2)) {
        edge = nearest(q, false);
      }
      if (!stableEdges.contains(edge)) {
        stableEdges.add(edge);
        canaryEdges.add(Double.isNaN(partner(edge)) ? edge : partner(edge));
      }
      gate = q <= 0.97 ? stableEdges.size() - 1 : gate;
    }
    int n = stableEdges.size();
    stableEdge = new double[n];
    canaryEdge = new double[n];
    double[] rho = new double[n];
    double[] delta = new double[n];
    for (int j = 0; j < n; j++) {
      stableEdge[j] = stableEdges.get(j);
      canaryEdge[j] = canaryEdges.get(j);
      rho[j] = canaryEdge[j] > stableEdge[j] ? 1 : 1.15;
      delta[j] = 0.003;
    }
    latency = new Family(rho, delta, LATENCY_GRID, 1);
    latency.gate = gate;
    latencyAllowed = (rho[gate] - 1) * 0.03 + 0.003;
  }

  private double nearest(double q, boolean withPartner) {
    double best = Double.NaN;
    for (double edge : le) {
      if ((!withPartner || !Double.isNaN(partner(edge)))
          && (Double.isNaN(best) || off(edge, q) < off(best, q))) {
        best = edge;
      }
    }
    return best;
  }

  /** How far the share of slower requests is from 1 - q. */
  private double off(double edge, double q) {
    double above = 0;
    double all = 0;
    for (int i = 0; i < learnt.length; i++) {
      all += learnt[i];
      above += i > 0 && le[i - 1] >= edge ? learnt[i] : 0;
    }
    return Math.abs(Math.log((above + 0.5) / (all + 1) / (1 - q)));
  }

  private double partner(double edge) {
    double best = Double.NaN;
    for (double other : le) {
      double miss = Math.abs(other - 1.05 * edge);
      if (other > edge && miss <= 0.02 * 1.05 * edge && !(miss >= Math.abs(best - 1.05 * edge))) {
        best = other;
      }
    }
    return best;
  }

  /** One metric: counters times factors, with dispersion. */
  private static final class Family {
    private final double[] rho;
    private final double[] delta;
    private final double[] grid;
    private final double cap;
    private final double[][] s;
    private final double[] phi;
    private final double[] chi0;
    private final double[] freedom0;
    private final double[] chi;
    private final double[] blocks;
    private final double[] sumC;
    private final double[] sumExpected;
    private final double[][] open; // nc, nb, kc, kb
    private double unspent = 1;
    private int t;
    private int gate;
    private int passed;
    private int anew;

    /** Per beginning, the first from the start: its weight, the canary's requests, sums per a. */
    private final List<double[]> against = new ArrayList<>();

    Family(double[] rho, double[] delta, double[] grid, double cap) {
      int n = rho.length;
      this.rho = rho;
      this.delta = delta;
      this.grid = grid;
      this.cap = cap;
      s = new double[n][grid.length];
      phi = new double[n];
      chi0 = new double[n];
      freedom0 = new double[n];
      for (int j = 0; j < n; j++) {
        known(j, new double[] {50, 10});
      }
      against.add(begin(0.8));
      chi = new double[n];
      blocks = new double[n];
      sumC = new double[n];
      sumExpected = new double[n];
      open = new double[n][4];
    }

    /** What is known of a counter's dispersion: chi-square and degrees of freedom. */
    void known(int j, double[] prior) {
      chi0[j] = prior[0];
      freedom0[j] = prior[1];
      phi[j] = Math.max(1, (5 + prior[0]) / (5 + prior[1]));
    }

    private static double[] begin(double weight) {
      double[] sums = new double[2 + EXPONENTS.length];
      sums[0] = weight;
      return sums;
    }

    private void exclude(double nc, double nb, double kc, double kb) {
      if (passed > 0 && passed % 20 == 0) {
        anew++;
        against.add(begin(0.2 / anew / (anew + 1)));
        if (against.size() > 9) {
          against.remove(1);
        }
      }
      passed++;
      if (nc == 0 || nb == 0) {
        return;
      }
      for (double[] sums : against) {
        sums[1] += nc;
        for (int i = 0; i < EXPONENTS.length; i++) {
          double a = EXPONENTS[i];
          sums[2 + i] += Math.log(1 + nc / nb * (1 - Math.exp(-a))) * kb - a * kc;
        }
      }
    }

    /** The e-value against harm of {@code mde} and more. */
    double against(double mde) {
      double e = 0.2 / (anew + 1);
      for (double[] sums : against) {
        for (int i = 0; i < EXPONENTS.length; i++) {
          double exponent = sums[2 + i] + mde * sums[1] * (1 - Math.exp(-EXPONENTS[i]));
          e += sums[0] * Math.exp(exponent) / EXPONENTS.length;
        }
      }
      return e;
    }

    void window(double nc, double nb, double[] kc, double[] kb, boolean newStep) {
      if (rho.length > 0) {
        exclude(nc, nb, kc[gate], kb[gate]);
      }
      if (t == 0 && nc == 0) {
        return;
      }
      t++;
      double w = 0.3 * 60 * (1 / (t - 1 + 60.0) - 1 / (t + 60.0));
      w += t == 1 ? 0.4 : newStep ? 0.06 : 0;
      w = Math.min(w, unspent);
      unspent -= w;
      for (int j = 0; j < rho.length; j++) {
        for (int i = 0; i < grid.length; i++) {
          double l = nc > 0 && nb > 0 ? nats(j, grid[i], nc, nb, kc[j], kb[j]) : 0;
          s[j][i] = (s[j][i] + w) * Math.exp(l);
        }
        if (nc > 0 && nb > 0) {
          open[j][0] += nc;
          open[j][1] += nb;
          open[j][2] += kc[j];
          open[j][3] += kb[j];
        }
        if (t % 12 == 0) {
          closeBlock(j);
        }
      }
    }

    private double nats(int j, double r, double nc, double nb, double kc, double kb) {
      double null0 = rho[j] * nc / (rho[j] * nc + nb);
      double alternative = rho[j] * r * nc / (rho[j] * r * nc + nb);
      double l =
          kc * Math.log(alternative / null0)
              + kb * Math.log((1 - alternative) / (1 - null0))
              - delta[j] * nc * (alternative / null0 - 1);
      return Math.min(cap, l / (1 + 1.25 * (phi[j] - 1) * (1 + Math.log(r))));
    }

    private void closeBlock(int j) {
      double[] b = open[j];
      open[j] = new double[4];
      phi[j] = Math.max(1, (5 + chi0[j] + chi[j]) / (5 + freedom0[j] + Math.max(blocks[j] - 1, 0)));
      if (b[0] == 0 || b[1] == 0) {
        return;
      }
      sumC[j] += b[2];
      sumExpected[j] += b[3] * b[0] / b[1];
      double k = b[2] + b[3];
      if (k >= 4) {
        double theta = (sumC[j] + 0.5) / (sumExpected[j] + 0.5);
        double pi = theta * b[0] / (theta * b[0] + b[1]);
        double x = Math.pow(b[2] - k * pi, 2) / Math.max(k * pi * (1 - pi), 0.25);
        chi[j] += Math.min(16, x);
        blocks[j]++;
      }
    }

    double eValue() {
      double sum = 0;
      for (double[] row : s) {
        for (double stake : row) {
          sum += stake;
        }
      }
      return rho.length == 0 ? 1 : sum / (rho.length * grid.length) + unspent;
    }
  }
}

package dev.serin.judge;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The default policy's judge for one mesh cluster and no history, written once more from the
 * formulas: plain arrays, plain products instead of logarithms, nothing shared with the judge.
 */
final class ScalarReference {

  private static final double[] ERROR_GRID = {1.25, 1.6, 2.5, 5, 20, 100};
  private static final double[] LATENCY_GRID = {1.15, 1.4, 2, 4, 10};

  /** The e-value of harm after each window. */
  final List<Double> eValues = new ArrayList<>();

  private final Family errors =
      new Family(new double[] {1.02}, new double[] {1e-4}, ERROR_GRID, 4.1);
  private Family latency = new Family(new double[0], new double[0], LATENCY_GRID, 1);
  private double[] stableEdge = {};
  private double[] canaryEdge = {};

  private double[] le = {};
  private double[] learnt = {};
  private double learntSeconds;
  private double learntRequests;
  private double canarySince = Double.NaN;
  private double lastWeight = -1;

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
    if (usable && nb > 0 && stableEdge.length == 0) {
      learn(stable, line.get("durationS").asDouble());
    }
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
    learntSeconds += seconds;
    learntRequests += stable.get("requests").asDouble();
    if (learntSeconds >= 60 && learntRequests >= 1000) {
      freeze();
    }
  }

  private void freeze() {
    List<Double> stableEdges = new ArrayList<>();
    List<Double> canaryEdges = new ArrayList<>();
    for (double q : new double[] {0.5, 0.75, 0.9, 0.97, 0.99}) {
      double edge = nearest(q, true);
      if (Double.isNaN(edge) || off(edge, q) > Math.log(2)) {
        edge = nearest(q, false);
      }
      if (!stableEdges.contains(edge)) {
        stableEdges.add(edge);
        canaryEdges.add(Double.isNaN(partner(edge)) ? edge : partner(edge));
      }
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
    private final double[] chi;
    private final double[] blocks;
    private final double[] sumC;
    private final double[] sumExpected;
    private final double[][] open; // nc, nb, kc, kb
    private double unspent = 1;
    private int t;

    Family(double[] rho, double[] delta, double[] grid, double cap) {
      int n = rho.length;
      this.rho = rho;
      this.delta = delta;
      this.grid = grid;
      this.cap = cap;
      s = new double[n][grid.length];
      phi = new double[n];
      Arrays.fill(phi, 55.0 / 15);
      chi = new double[n];
      blocks = new double[n];
      sumC = new double[n];
      sumExpected = new double[n];
      open = new double[n][4];
    }

    void window(double nc, double nb, double[] kc, double[] kb, boolean newStep) {
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
      phi[j] = Math.max(1, (5 + 50 + chi[j]) / (5 + 10 + Math.max(blocks[j] - 1, 0)));
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

package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.policy.Fault;
import dev.serin.policy.Mirror;
import dev.serin.policy.Ppm;
import dev.serin.policy.RateLimit;
import dev.serin.policy.Step;
import dev.serin.policy.Treatment;
import dev.serin.text.Problem.Code;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What a step does to requests besides dividing them. */
final class TreatmentReading {

  private static final int MAX_RATE = 1_000_000;
  private static final int MAX_TARGETS = 10;
  private static final Duration LEAST_DELAY = Duration.ofMillis(1);

  private final Checks checks;
  private final Findings findings;

  TreatmentReading(Checks checks) {
    this.checks = checks;
    this.findings = checks.findings();
  }

  Treatment treatment(String path, dev.serin.v1.Step message) {
    return new Treatment(
        message.hasMirror()
            ? Optional.of(mirror(path + ".mirror", message.getMirror()))
            : Optional.empty(),
        message.hasFault() ? fault(path + ".fault", message.getFault()) : Optional.empty(),
        message.hasRateLimit()
            ? Optional.of(rateLimit(path + ".rateLimit", message.getRateLimit()))
            : Optional.empty());
  }

  private Mirror mirror(String path, dev.serin.v1.Mirror message) {
    List<String> methods = message.getMethodsList();
    checks.fits(path + ".methods", methods, Checks.MAX_LIST);
    for (int i = 0; i < methods.size(); i++) {
      String at = path + ".methods[" + i + "]";
      String method = checks.method(at, methods.get(i));
      if (!message.getUnsafe() && !Mirror.SAFE.contains(method)) {
        findings.error(
            at,
            Code.NOT_ALLOWED,
            Shown.value(method)
                + " may change something, and a copy does so twice (expected: of "
                + String.join(", ", Mirror.SAFE)
                + ")",
            "if it may happen twice, write unsafe: true");
      }
    }
    return new Mirror(
        share(path + ".sharePpm", message.getSharePpm()),
        methods.isEmpty() ? Mirror.SAFE : ImmutableSortedSet.copyOf(methods),
        message.getUnsafe() || !Mirror.SAFE.containsAll(methods),
        targets(path + ".to", message.getToList()));
  }

  private ImmutableList<String> targets(String path, List<String> versions) {
    checks.fits(path, versions, MAX_TARGETS);
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < versions.size(); i++) {
      String at = path + "[" + i + "]";
      String version = checks.name(at, versions.get(i));
      if (!seen.add(version)) {
        findings.error(at, Code.DUPLICATE, version + " twice (expected: once)", "");
      }
    }
    return ImmutableList.copyOf(versions);
  }

  private Optional<Fault> fault(String path, dev.serin.v1.Fault message) {
    if (!message.hasDelay() && !message.hasAbort()) {
      findings.error(
          path,
          Code.MISSING,
          "neither delay nor abort (expected: at least one of them)",
          "as {delay: 200ms, share: 5%} or {abort: 503, share: 1%}");
      return Optional.empty();
    }
    Optional<Fault.Delay> delay = Optional.empty();
    if (message.hasDelay()) {
      delay =
          Optional.of(
              new Fault.Delay(
                  checks.duration(
                      path + ".delay", true, message.getDelay(), LEAST_DELAY, LEAST_DELAY),
                  share(path + ".sharePpm", message.getSharePpm())));
    }
    Optional<Fault.Abort> abort = Optional.empty();
    if (message.hasAbort()) {
      boolean own = message.getAbort().hasSharePpm();
      abort =
          Optional.of(
              new Fault.Abort(
                  checks.count(
                      path + ".abort.httpStatus", message.getAbort().getHttpStatus(), 200, 599),
                  own
                      ? share(path + ".abort.sharePpm", message.getAbort().getSharePpm())
                      : share(path + ".sharePpm", message.getSharePpm())));
    }
    return Optional.of(new Fault(delay, abort));
  }

  private RateLimit rateLimit(String path, dev.serin.v1.RateLimit message) {
    int rate =
        checks.count(path + ".requestsPerSecond", message.getRequestsPerSecond(), 1, MAX_RATE);
    return new RateLimit(
        rate,
        message.hasBurst()
            ? checks.count(path + ".burst", message.getBurst(), rate, 10 * MAX_RATE)
            : rate);
  }

  private int share(String path, int ppm) {
    if (ppm == 0) {
      findings.error(
          path, Code.MISSING, "no share (expected: above 0%)", "for all of them write share: 100%");
      return Ppm.ALL;
    }
    return checks.share(path, ppm, 1, Ppm.ALL);
  }

  /** Envoy draws one number a request: those mirrored would all be on one side of the split. */
  void oneDraw(List<Step> steps, boolean sticky) {
    int weight = 0;
    Map<String, Integer> cohorts = new TreeMap<>();
    for (int i = 0; i < steps.size() && !sticky; i++) {
      Step step = steps.get(i);
      weight = step.weightPpm().orElse(weight);
      cohorts.putAll(step.cohortPpm());
      boolean divided =
          weight > 0 || cohorts.values().stream().anyMatch(ppm -> ppm > 0 && ppm < Ppm.ALL);
      if (step.treatment().mirror().isPresent() && divided) {
        findings.error(
            "spec.steps[" + i + "].mirror",
            Code.CONFLICT,
            "a mirror beside "
                + (weight > 0 ? "a weight of " + Units.percent(weight) + "%" : "a cohort's share")
                + " that is not sticky (expected: one of them, since Envoy draws one random number"
                + " for both)",
            "name what tells users apart, as sticky: [{cookie: sid}, sourceIp]");
      }
    }
  }
}

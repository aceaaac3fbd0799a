package dev.serin.judge;

import dev.serin.policy.Ppm;
import java.util.OptionalInt;

/**
 * What the canary is compared with.
 *
 * @param ppm the share of the requests that goes to a control group of its own; empty where all of
 *     stable is the control
 */
public record Control(OptionalInt ppm) {

  /** All that the canary leaves. */
  public static final Control REST = new Control(OptionalInt.empty());

  public Control {
    ppm.ifPresent(share -> Ppm.require("control", share));
  }

  /** A control group with that share of the requests. */
  public static Control of(int ppm) {
    return new Control(OptionalInt.of(ppm));
  }

  /** What was written before there were control groups had none. */
  public static Control absent() {
    return REST;
  }

  /** The control's share of the requests beside a canary with that one. */
  public int sharePpm(int canaryPpm) {
    return ppm.orElse(Ppm.ALL - canaryPpm);
  }
}

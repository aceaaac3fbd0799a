package dev.serin.policy;

import java.util.Optional;

/**
 * What it takes to enter a step, and what it means to have done so.
 *
 * @param approval by people, before anything of the step is sent
 * @param noReturn once the step has been sent no automatic rollback takes it back: what it changes
 *     outside of the mesh, as a schema, cannot be undone
 */
public record Threshold(Optional<Approval> approval, boolean noReturn) {

  public static final Threshold NONE = new Threshold(Optional.empty(), false);

  /** What was written before steps had a threshold had none. */
  public static Threshold absent() {
    return NONE;
  }
}

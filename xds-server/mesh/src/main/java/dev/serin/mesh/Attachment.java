package dev.serin.mesh;

/** Whether Serin has a hand in the routes that lead to a service. */
public enum Attachment {
  ATTACHED,
  /** They are as the base has them, until somebody releases it with Serin again. */
  DETACHED;

  /** Services that were stored before they could be detached were Serin's. */
  public static Attachment absent() {
    return ATTACHED;
  }
}

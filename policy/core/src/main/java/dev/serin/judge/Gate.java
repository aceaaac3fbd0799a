package dev.serin.judge;

/**
 * What a step's gate needs to know, as of the last window.
 *
 * @param harmShown one of the two detectors reached its bound: roll back
 * @param blame the metric with the largest weighted e-value, or {@code catastrophe} where that
 *     detector fired; empty when nothing is judged
 * @param signOfHarm the weighted e-value is 3 or more: no proof, but no time to grow either
 * @param harmRuledOut every metric that decides has excluded the harm that the present weight must
 *     exclude, and every absolute bound holds; the latter alone where no randomised traffic exists
 *     to compare, and always where analysis is off
 * @param randomised both arms of the split had traffic in this step
 * @param bothArmsBreach stable breaks an absolute bound together with the canary: hold and alarm,
 *     never blame the canary
 */
public record Gate(
    boolean harmShown,
    String blame,
    boolean signOfHarm,
    boolean harmRuledOut,
    boolean randomised,
    boolean bothArmsBreach) {}

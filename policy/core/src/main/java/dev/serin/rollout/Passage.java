package dev.serin.rollout;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.Hook;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What others have said about a rollout's way up.
 *
 * @param blocks what speaks against growth, one a source at most
 * @param consents approvals given, the oldest first
 * @param hooks questions of the gate that is waited at
 * @param approvalAsked since when the approval of that gate is waited for
 * @param urgent who has hurried it, with the reason
 * @param uncapped a person went beyond the rollout's {@code upTo}
 * @param committed a step without return has been sent
 * @param lookAgain when something that was waited for has come: the next tick sees to it
 */
public record Passage(
    ImmutableList<Block> blocks,
    ImmutableList<Consent> consents,
    ImmutableList<HookCall> hooks,
    Optional<Instant> approvalAsked,
    Optional<By> urgent,
    boolean uncapped,
    boolean committed,
    Optional<Instant> lookAgain) {

  /** Somebody has agreed to a step. */
  public record Consent(int step, By by) {}

  static final Passage NONE =
      new Passage(
          ImmutableList.of(),
          ImmutableList.of(),
          ImmutableList.of(),
          Optional.empty(),
          Optional.empty(),
          false,
          false,
          Optional.empty());

  /** What was written before there was any of this knew none of it. */
  public static Passage absent() {
    return NONE;
  }

  /** The block of a source. */
  Optional<Block> block(Block.Source source) {
    return blocks.stream().filter(b -> b.source() == source).findFirst();
  }

  /** How many different people have agreed to a step. */
  long agreed(int step) {
    return consents.stream()
        .filter(c -> c.step() == step)
        .map(c -> c.by().actor())
        .distinct()
        .count();
  }

  boolean hasAgreed(int step, String actor) {
    return consents.stream().anyMatch(c -> c.step() == step && c.by().actor().equals(actor));
  }

  Optional<HookCall> call(int hook, Hook.Event event) {
    return hooks.stream().filter(c -> c.isAbout(hook, event)).findFirst();
  }

  Passage blockedBy(ImmutableList<Block> now) {
    return new Passage(now, consents, hooks, approvalAsked, urgent, uncapped, committed, lookAgain);
  }

  Passage agreedBy(int step, By by) {
    return new Passage(
        blocks,
        append(consents, new Consent(step, by)),
        hooks,
        approvalAsked,
        urgent,
        uncapped,
        committed,
        lookAgain);
  }

  /** At another gate: nothing has been asked there. */
  Passage atGate(Optional<Instant> askedForApproval) {
    return new Passage(
        blocks,
        consents,
        ImmutableList.of(),
        askedForApproval,
        urgent,
        uncapped,
        committed,
        Optional.empty());
  }

  /** The same question again takes the place of the one before. */
  Passage with(HookCall call) {
    ImmutableList<HookCall> others =
        hooks.stream()
            .filter(c -> !c.isAbout(call.hook(), call.event()))
            .collect(ImmutableList.toImmutableList());
    return new Passage(
        blocks,
        consents,
        append(others, call),
        approvalAsked,
        urgent,
        uncapped,
        committed,
        lookAgain);
  }

  Passage hurriedBy(By by) {
    return new Passage(
        blocks, consents, hooks, approvalAsked, Optional.of(by), uncapped, committed, lookAgain);
  }

  Passage beyondItsReach() {
    return new Passage(blocks, consents, hooks, approvalAsked, urgent, true, committed, lookAgain);
  }

  Passage committed(boolean now) {
    return new Passage(
        blocks, consents, hooks, approvalAsked, urgent, uncapped, committed || now, lookAgain);
  }

  Passage lookAgainAt(Optional<Instant> at) {
    return new Passage(blocks, consents, hooks, approvalAsked, urgent, uncapped, committed, at);
  }

  /** For a rollout that begins again: only what still holds outside of it stays. */
  Passage afresh() {
    return NONE.blockedBy(blocks);
  }

  private static <T> ImmutableList<T> append(ImmutableList<T> list, T last) {
    return Stream.concat(list.stream(), Stream.of(last)).collect(ImmutableList.toImmutableList());
  }
}

package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.policy.Approval;
import dev.serin.policy.CanaryPolicy.Exit;
import dev.serin.policy.Hook;
import dev.serin.policy.Proceedings;
import dev.serin.policy.Reach;
import dev.serin.policy.Secret;
import dev.serin.policy.Threshold;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;

/** Whom a rollout asks and tells, by seed. */
record RandomProceedings(Random random) {

  Proceedings proceedings() {
    return new Proceedings(
        random.nextBoolean() ? ImmutableList.of() : ImmutableList.of(hook(), hook()),
        ImmutableList.of(), // nobody is told yet, and so none is read
        random.nextBoolean()
            ? ImmutableList.of()
            : ImmutableList.of(
                new Proceedings.Notch(500_000 + random.nextInt(400_000), time()),
                new Proceedings.Notch(1 + random.nextInt(400_000), time())));
  }

  Threshold threshold() {
    return new Threshold(
        random.nextInt(3) > 0
            ? Optional.empty()
            : Optional.of(
                new Approval(
                    random.nextBoolean()
                        ? ImmutableSortedSet.of()
                        : ImmutableSortedSet.of("sre", "dba"),
                    1 + random.nextInt(Approval.MOST_PEOPLE),
                    time(),
                    random.nextBoolean() ? new Exit.Hold() : new Exit.HoldThenRollback(time()))),
        random.nextInt(4) == 0);
  }

  Reach reach() {
    return new Reach(
        random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(1 + random.nextInt(1_000_000)),
        random.nextBoolean() ? ImmutableSortedSet.of() : ImmutableSortedSet.of("cart-v5", "pay"),
        false);
  }

  private Hook hook() {
    Optional<Secret> secret =
        switch (random.nextInt(3)) {
          case 0 -> Optional.empty();
          case 1 -> Optional.of(new Secret.Env("GATE_KEY"));
          default -> Optional.of(new Secret.File("/run/secrets/gate"));
        };
    return new Hook(
        some(Hook.Event.values()),
        "https://ci.example/gate?run=" + random.nextInt(100),
        secret,
        Duration.ofSeconds(1 + random.nextInt(300)),
        random.nextInt(Hook.MOST_RETRIES + 1));
  }

  private <E extends Enum<E>> ImmutableSortedSet<E> some(E[] all) {
    ImmutableSortedSet.Builder<E> some = ImmutableSortedSet.naturalOrder();
    some.add(all[random.nextInt(all.length)]);
    for (E one : all) {
      if (random.nextBoolean()) {
        some.add(one);
      }
    }
    return some.build();
  }

  private Duration time() {
    return Duration.ofSeconds(1 + random.nextInt(100_000));
  }
}

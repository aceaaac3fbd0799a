package dev.serin.rollout;

import java.time.Instant;
import java.util.Optional;

/**
 * A stop that Serin made by itself.
 *
 * @param since when the rollout stopped; for lost metrics the last instant of evidence, so that the
 *     outage does not count as bake
 * @param rollbackAt when it is rolled back unless a person decides before
 * @param detail what was seen, with numbers, as the beginning of a sentence
 */
public record Hold(HoldCause cause, Instant since, Optional<Instant> rollbackAt, String detail) {}

package dev.serin.cli.demo;

import com.google.common.collect.ImmutableList;
import dev.serin.v1.Decision;
import java.time.Instant;
import java.util.Optional;

/**
 * All that is known about a release when it is over.
 *
 * @param decisions of its rollout, oldest first
 * @param firstBad the first 5xx that the load got from a release that was rolled back
 * @param zeroAcked when the last proxy acknowledged that the version gets nothing any more
 * @param lastAnswer the version's last answer to the load
 */
record Story(
    DemoReport.Release release,
    ImmutableList<Decision> decisions,
    Optional<Instant> firstBad,
    Optional<Instant> zeroAcked,
    Optional<Instant> lastAnswer) {}

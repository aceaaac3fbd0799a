/**
 * The judge and the rollout machine on a recorded or simulated stream: {@code serin judge}.
 *
 * <p>In flow lines of JSON, windows of evidence of any number of rollouts; out flows one line of
 * JSON for each, with what the machine decided. Time is the stream's own, proxies are taken to
 * accept everything at once. No input or output happens here; a stream belongs to one thread.
 */
@NullMarked
package dev.serin.cli.judge;

import org.jspecify.annotations.NullMarked;

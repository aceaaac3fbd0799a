/**
 * Text and messages of resources: from YAML, JSON or the API's protobuf messages to the records of
 * {@code dev.serin.policy} and back, and from records to the JSON of the journal.
 *
 * <p>In flow files and API messages, all of them hostile until checked; out flow records that are
 * valid, and {@link dev.serin.text.Problem}s that name everything that is wrong at once, each with
 * its place, the value found and what was expected. Nothing here keeps state between calls; every
 * public class may be used by any thread.
 */
@NullMarked
package dev.serin.text;

import org.jspecify.annotations.NullMarked;

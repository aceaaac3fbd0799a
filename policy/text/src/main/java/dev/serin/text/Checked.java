package dev.serin.text;

import com.google.common.collect.ImmutableList;
import java.util.Optional;

/**
 * What checking a message led to.
 *
 * @param value there exactly when no problem is an error
 * @param problems all of them, warnings included
 */
public record Checked<T>(Optional<T> value, ImmutableList<Problem> problems) {}

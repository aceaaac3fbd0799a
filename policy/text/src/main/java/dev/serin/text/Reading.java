package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.serin.policy.ResourceName;

/**
 * What reading some files led to.
 *
 * @param resources those without an error, in the order they were written
 * @param unsound what those with an error are called, so far as they have names
 * @param problems of all files, file by file and line by line
 */
public record Reading(
    ImmutableList<Parsed> resources, ImmutableSet<Named> unsound, ImmutableList<Problem> problems) {

  /** What a resource is called. */
  public record Named(Kind kind, ResourceName name) {}

  /** Whether anything has to be put right before the files can be applied. */
  public boolean hasErrors() {
    return problems.stream().anyMatch(Problem::isError);
  }
}

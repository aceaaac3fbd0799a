package dev.serin.text;

import com.google.common.collect.ImmutableList;

/**
 * What reading some files led to.
 *
 * @param resources those without an error, in the order they were written
 * @param problems of all files, file by file and line by line
 */
public record Reading(ImmutableList<Parsed> resources, ImmutableList<Problem> problems) {

  /** Whether anything has to be put right before the files can be applied. */
  public boolean hasErrors() {
    return problems.stream().anyMatch(Problem::isError);
  }
}

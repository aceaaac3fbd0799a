package dev.serin.text;

import com.google.common.collect.ImmutableMap;
import java.util.regex.Pattern;

/**
 * Where a resource was written: its file, and for each path of its message the words and the line
 * of the text.
 */
public final class Source {

  /** Of a resource that came as a message. */
  public static final Source NONE = new Source("", ImmutableMap.of());

  private static final Pattern PPM = Pattern.compile("Ppm(?=[.\\[]|$)");

  /** What stands at a path of the message. */
  record Place(String shown, int line) {}

  private final String file;
  private final ImmutableMap<String, Place> places;

  Source(String file, ImmutableMap<String, Place> places) {
    this.file = file;
    this.places = places;
  }

  /** As it was named to the reader; empty where there was no file. */
  public String file() {
    return file;
  }

  /** The line on which the resource begins; 0 where there was no file. */
  public int line() {
    return place("").line();
  }

  /**
   * What a server found in the resource, as a line like those of {@link Problem}: in the words that
   * were written, and where.
   */
  public String line(dev.serin.v1.Problem problem) {
    Place place = place(problem.getPath());
    boolean isWarning = problem.getSeverity() == dev.serin.v1.Problem.Severity.WARNING;
    return Problem.line(
        file,
        place.line(),
        isWarning ? Problem.Severity.WARNING : Problem.Severity.ERROR,
        problem.getCode(),
        place.shown(),
        problem.getMessage(),
        problem.getHint());
  }

  /** The nearest written place at or above the path. */
  Place place(String path) {
    for (String at = path; ; at = parent(at)) {
      Place place = places.get(at);
      if (place != null) {
        return new Place(place.shown() + asWritten(path.substring(at.length())), place.line());
      }
      if (at.isEmpty()) {
        return new Place(path, 0);
      }
    }
  }

  /** What was not written is named as it would be. */
  private static String asWritten(String path) {
    return PPM.matcher(path.replace("cohortPpm", "cohorts")).replaceAll("");
  }

  Problem problem(
      String path, Problem.Code code, Problem.Severity severity, String message, String hint) {
    Place place = place(path);
    return new Problem(file, place.line(), place.shown(), code, severity, message, hint);
  }

  /** {@code a.b[1]} is in {@code a.b}, which is in {@code a}. */
  static String parent(String path) {
    int cut = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
    return cut < 0 ? "" : path.substring(0, cut);
  }
}

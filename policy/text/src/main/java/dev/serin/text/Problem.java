package dev.serin.text;

/**
 * One thing that is wrong, or doubtful, in a resource.
 *
 * @param file as it was named to the reader; empty where the resource did not come from a file
 * @param line from 1; 0 where the resource did not come from a file
 * @param path where in the resource, in the words that were written, as {@code spec.steps[2].bake};
 *     empty for the document as a whole
 * @param message the value that was found and what was expected
 * @param hint what to write instead; may be empty
 */
public record Problem(
    String file, int line, String path, Code code, Severity severity, String message, String hint) {

  /** Whether a resource is refused for it. */
  public enum Severity {
    ERROR,
    WARNING
  }

  /** The kinds of problems, as stable words for programs. */
  public enum Code {
    /** A file cannot be read. */
    UNREADABLE,
    /** Neither YAML nor JSON, or something of YAML that resources do not need. */
    SYNTAX,
    /** Beyond a limit of size, depth or count. */
    TOO_LARGE,
    /** The same key, name or resource twice. */
    DUPLICATE,
    UNKNOWN_KIND,
    UNKNOWN_KEY,
    /** A list where a map was expected, a word where a number was, and so on. */
    WRONG_TYPE,
    /** A value that the grammar does not have. */
    BAD_VALUE,
    /** A number that needs a unit and has none. */
    MISSING_UNIT,
    /** A value that is well-formed, and too small, too large or too fine. */
    OUT_OF_RANGE,
    /** Not of the form {@code [a-z0-9-]{1,63}}, or of whatever else names the thing. */
    BAD_NAME,
    /** Something that must be there and is not. */
    MISSING,
    /** A step that changes nothing and waits for nothing. */
    NAMES_NOTHING,
    /** Two things that exclude one another. */
    CONFLICT,
    /** Forbidden for good, with the reason. */
    NOT_ALLOWED,
    /** In the schema, and not built yet. */
    NOT_SUPPORTED,
    /** A step without return that something would have to take back. */
    NO_RETURN,
    /** A name of something that is not there, or cannot be seen from here. */
    UNKNOWN_REFERENCE,
    /** Users may meet both versions in turn. */
    NOT_STICKY,
    /** A step that takes traffic away from the canary. */
    FALLING_WEIGHT,
    /** A freeze of which nothing is yet to come. */
    PAST,
    /** Nothing opens within two years. */
    NEVER_OPENS,
    /** A time that the clocks skip when they go forward. */
    SKIPPED_TIME
  }

  /** Whether the resource is refused for it. */
  public boolean isError() {
    return severity == Severity.ERROR;
  }

  /** As the message of the API. */
  public dev.serin.v1.Problem toProto() {
    return dev.serin.v1.Problem.newBuilder()
        .setFile(file)
        .setLine(line)
        .setPath(path)
        .setCode(code.name())
        .setSeverity(
            switch (severity) {
              case ERROR -> dev.serin.v1.Problem.Severity.ERROR;
              case WARNING -> dev.serin.v1.Problem.Severity.WARNING;
            })
        .setMessage(message)
        .setHint(hint)
        .build();
  }

  /** One line for a reader: {@code FILE:LINE: error CODE at PATH: MESSAGE; HINT}. */
  @Override
  public String toString() {
    return line(file, line, severity, code.name(), path, message, hint);
  }

  static String line(
      String file,
      int line,
      Severity severity,
      String code,
      String path,
      String message,
      String hint) {
    StringBuilder out = new StringBuilder();
    if (!file.isEmpty()) {
      out.append(file).append(':').append(line).append(": ");
    }
    out.append(
        switch (severity) {
          case ERROR -> "error ";
          case WARNING -> "warning ";
        });
    out.append(code);
    if (!path.isEmpty()) {
      out.append(" at ").append(path);
    }
    out.append(": ").append(message);
    if (!hint.isEmpty()) {
      out.append("; ").append(hint);
    }
    return out.toString();
  }
}

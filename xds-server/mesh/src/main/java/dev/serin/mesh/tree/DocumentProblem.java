package dev.serin.mesh.tree;

/**
 * Something in a file that cannot stand.
 *
 * @param file as it was named to the reader
 * @param line from 1
 * @param message the value that was found and what was expected
 */
public record DocumentProblem(String file, int line, String message) {
  @Override
  public String toString() {
    return file + ":" + line + ": " + message;
  }
}

package dev.serin.server.config;

/**
 * One thing that is wrong with a configuration.
 *
 * @param where the file with its line, the variable or the flag
 * @param key the dotted key that it is about; empty: the whole file
 * @param message what is wrong and what was expected; never a secret
 * @param hint what was probably meant; empty: no idea
 */
public record ConfigProblem(String where, String key, String message, String hint) {

  @Override
  public String toString() {
    return where
        + ": "
        + (key.isEmpty() ? "" : key + ": ")
        + message
        + (hint.isEmpty() ? "" : " (" + hint + ")");
  }
}

package dev.serin.text;

/**
 * A place in a resource.
 *
 * @param path in the message's words
 * @param shown in the words that were written
 */
record Where(String path, String shown) {

  static final Where TOP = new Where("", "");

  Where field(String name, String written) {
    return new Where(join(path, name), join(shown, written));
  }

  /** A key that a shorthand stands for. */
  Where implied(String name) {
    return new Where(join(path, name), shown);
  }

  Where item(int index) {
    return new Where(path + "[" + index + "]", shown + "[" + index + "]");
  }

  private static String join(String path, String name) {
    String clean = Shown.value(name);
    return path.isEmpty() ? clean : path + "." + clean;
  }
}

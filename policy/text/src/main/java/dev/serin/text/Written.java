package dev.serin.text;

/** Something that is YAML already. */
interface Written {
  String text();
}

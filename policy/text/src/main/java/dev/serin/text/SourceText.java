package dev.serin.text;

/**
 * One file's content.
 *
 * @param file its name, as problems shall show it
 */
public record SourceText(String file, String text) {}

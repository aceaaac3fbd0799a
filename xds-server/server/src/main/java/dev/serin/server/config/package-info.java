/**
 * What the server is told at its start: one table of settings ({@code Settings}), each of which is
 * a YAML key, a flag and an environment variable, read by {@link ConfigLoader} into the valid
 * record {@link ServerConfig} or into a list of every problem found. In flow a file, the
 * environment and flags; out flows a value. Nothing here keeps state; everything may be called from
 * any thread.
 */
@NullMarked
package dev.serin.server.config;

import org.jspecify.annotations.NullMarked;

/**
 * The command line: verbs against the API, offline commands, and the one main class that also
 * starts the server and the demo.
 *
 * <p>In flow arguments; out flow text or protobuf JSON on standard output, problems on standard
 * error, and an {@link dev.serin.cli.Exit} code. Single-threaded but for what gRPC does.
 */
@NullMarked
package dev.serin.cli;

import org.jspecify.annotations.NullMarked;

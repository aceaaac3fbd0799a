/** The servers under test that run on the JVM, each the main part of a process. */
@NullMarked
package dev.serin.bench.peer;

import org.jspecify.annotations.NullMarked;

/**
 * What a step of a rollout costs Serin itself, before a byte is sent: a new weight laid over ten
 * thousand virtual hosts. In flow a number of hosts and how they are cut into resources; out flows
 * a table. No server takes part.
 */
@NullMarked
package dev.serin.bench.overlay;

import org.jspecify.annotations.NullMarked;

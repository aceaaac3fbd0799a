/** What is read of processes, and what is made of the figures. */
@NullMarked
package dev.serin.bench.measure;

import org.jspecify.annotations.NullMarked;

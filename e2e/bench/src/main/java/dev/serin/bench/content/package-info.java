/** What every server serves, byte for byte. */
@NullMarked
package dev.serin.bench.content;

import org.jspecify.annotations.NullMarked;

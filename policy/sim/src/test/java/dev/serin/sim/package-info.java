@NullMarked
package dev.serin.sim;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.serin.controlplane;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.serin.text;

import org.jspecify.annotations.NullMarked;

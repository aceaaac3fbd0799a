/**
 * The doors to the world: small interfaces that adapters implement, each with a contract test in
 * this module's tests.
 *
 * <p>In flow records of the caller's, out flow records or a typed failure such as {@link
 * dev.serin.spi.StoreException}. The records are immutable; each interface says which threads may
 * call it.
 */
@NullMarked
package dev.serin.spi;

import org.jspecify.annotations.NullMarked;

/**
 * The default store: one SQLite file in the user's state folder.
 *
 * <p>In flow {@link dev.serin.spi.Batch batches}, each of which becomes one synced transaction of a
 * write-ahead log; out flow the resources and journals of {@link dev.serin.spi.Store}. One
 * connection under one lock serves all threads; one process at a time has the file.
 */
@NullMarked
package dev.serin.store.sqlite;

import org.jspecify.annotations.NullMarked;

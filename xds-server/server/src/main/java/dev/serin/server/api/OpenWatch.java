package dev.serin.server.api;

/**
 * An open watch.
 *
 * @param again to be called when the reader has become ready
 * @param cancel ends it
 */
record OpenWatch(Runnable again, Runnable cancel) {}

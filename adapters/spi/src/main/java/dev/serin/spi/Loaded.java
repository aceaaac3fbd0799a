package dev.serin.spi;

import com.google.common.collect.ImmutableList;

/**
 * What a store holds that a server resumes from.
 *
 * @param resources all of them, ordered by kind, tenant and name
 * @param snapshots the newest of every stream that has one, ordered by stream
 * @param entries those after their stream's snapshot, or all of a stream without one, in the order
 *     in which they were committed
 */
public record Loaded(
    ImmutableList<StoredResource> resources,
    ImmutableList<StreamSnapshot> snapshots,
    ImmutableList<Entry> entries) {}

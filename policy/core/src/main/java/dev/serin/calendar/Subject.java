package dev.serin.calendar;

import com.google.common.collect.ImmutableSortedMap;
import java.util.Optional;

/**
 * What would grow.
 *
 * @param service its name within the tenant
 * @param labels the service's
 * @param cluster the mesh cluster; empty is all of them at once, which a freeze of some stops, too
 */
public record Subject(
    String tenant,
    String service,
    ImmutableSortedMap<String, String> labels,
    Optional<String> cluster) {}

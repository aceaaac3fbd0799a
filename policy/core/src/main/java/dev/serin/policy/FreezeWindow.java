package dev.serin.policy;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.calendar.Freeze;

/**
 * A freeze that somebody has set. It selects what it freezes, in whichever tenant that is: its own
 * tenant says only whose it is.
 */
public record FreezeWindow(
    ResourceName name, ImmutableSortedMap<String, String> labels, Freeze freeze) {}

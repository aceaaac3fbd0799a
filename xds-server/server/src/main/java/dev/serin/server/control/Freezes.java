package dev.serin.server.control;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.calendar.Calendar;
import dev.serin.calendar.Freeze;
import dev.serin.calendar.Schedule;
import dev.serin.policy.ResourceName;
import dev.serin.server.control.Catalog.Versioned;
import org.jspecify.annotations.Nullable;

/**
 * The freezes that are stored, in force or not. Made anew when one comes, changes or goes, and the
 * same object from catalogue to catalogue until then.
 */
public final class Freezes {

  /** There are none. */
  public static final Freezes NONE = new Freezes(ImmutableSortedMap.of());

  private final ImmutableSortedMap<ResourceName, Versioned<StoredFreeze>> byName;
  private final Calendar calendar;

  Freezes(ImmutableSortedMap<ResourceName, Versioned<StoredFreeze>> byName) {
    this.byName = byName;
    ImmutableSortedMap.Builder<String, Freeze> freezes = ImmutableSortedMap.naturalOrder();
    byName.forEach(
        (name, stored) -> freezes.put(name.toString(), stored.value().window().freeze()));
    this.calendar = Calendar.of(Schedule.ALWAYS, freezes.buildOrThrow());
  }

  public ImmutableSortedMap<ResourceName, Versioned<StoredFreeze>> byName() {
    return byName;
  }

  /**
   * What the freezes leave open of all hours; {@code with(schedule)} is that of a policy. A freeze
   * is told as {@code tenant/name}.
   */
  public Calendar calendar() {
    return calendar;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Freezes freezes && freezes.byName.equals(byName);
  }

  @Override
  public int hashCode() {
    return byName.hashCode();
  }
}

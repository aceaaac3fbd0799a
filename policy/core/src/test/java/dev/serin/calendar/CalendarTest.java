package dev.serin.calendar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.calendar.Freeze.Times.Once;
import dev.serin.calendar.Freeze.Times.Recurring;
import dev.serin.calendar.Openness.Closed;
import dev.serin.calendar.Openness.Open;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is open, why it is not, and until when, for schedules and freezes together. */
final class CalendarTest {

  static final Subject CHECKOUT = subject("shop", "checkout", "eu-west");

  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final ZoneId UTC = ZoneId.of("UTC");
  private static final Schedule OFFICE = schedule(BERLIN, "Mon-Thu 09:00-16:00");

  @Test
  void without_schedule_and_freezes_it_is_open_for_ever() {
    assertThat(Calendar.ALWAYS.at(CHECKOUT, Instant.EPOCH, false))
        .isEqualTo(new Open(Optional.empty()));
  }

  @Test
  void opening_hours_end_and_begin_to_the_second() {
    Calendar calendar = Calendar.of(OFFICE, Map.of());
    // Tuesday 1 December 2026; Berlin is an hour ahead.
    assertThat(calendar.at(CHECKOUT, at("2026-12-01T14:59:59Z"), false))
        .isEqualTo(new Open(Optional.of(at("2026-12-01T15:00:00Z"))));
    assertThat(calendar.at(CHECKOUT, at("2026-12-01T15:00:00Z"), false))
        .isEqualTo(closed(true, "2026-12-02T08:00:00Z"));
    assertThat(calendar.at(CHECKOUT, at("2026-12-03T15:00:00Z"), false))
        .isEqualTo(closed(true, "2026-12-07T08:00:00Z"));
  }

  @Test
  void neighbouring_hours_are_one_opening() {
    Calendar calendar =
        Calendar.of(schedule(UTC, "Fri", "Sat-Sun 00:00-24:00", "Mon 00:00-06:00"), Map.of());
    assertThat(calendar.at(CHECKOUT, at("2026-12-04T12:00:00Z"), false))
        .isEqualTo(new Open(Optional.of(at("2026-12-07T06:00:00Z"))));
  }

  @Test
  void hours_that_cover_the_whole_week_never_close() {
    assertThat(
            Calendar.of(schedule(BERLIN, "Mon-Sun"), Map.of()).at(CHECKOUT, Instant.EPOCH, false))
        .isEqualTo(new Open(Optional.empty()));
  }

  @Test
  void the_next_opening_is_seen_through_freezes_that_overlap_each_other_and_the_night() {
    Calendar calendar =
        Calendar.of(
            OFFICE,
            ImmutableSortedMap.of(
                "shop/one", once("2026-12-01T10:00", "2026-12-02T12:00"),
                "shop/two", once("2026-12-02T11:00", "2026-12-02T15:59"),
                "shop/three", once("2026-12-02T15:30", "2026-12-07T13:15")));
    assertThat(calendar.at(CHECKOUT, at("2026-12-01T12:00:00Z"), false))
        .isEqualTo(closed(false, "2026-12-07T12:15:00Z", "shop/one"));
    assertThat(calendar.at(CHECKOUT, at("2026-12-02T11:30:00Z"), false))
        .isEqualTo(closed(false, "2026-12-07T12:15:00Z", "shop/two"));
    assertThat(calendar.at(CHECKOUT, at("2026-12-02T14:45:00Z"), false))
        .isEqualTo(closed(false, "2026-12-07T12:15:00Z", "shop/three", "shop/two"));
    assertThat(calendar.at(CHECKOUT, at("2026-12-02T20:00:00Z"), false))
        .isEqualTo(closed(true, "2026-12-07T12:15:00Z", "shop/three"));
  }

  @Test
  void a_freeze_without_an_end_has_no_known_opening() {
    Freeze open =
        new Freeze(
            new Once(UTC, Optional.of(local("2026-12-01T00:00")), Optional.empty()),
            Selector.ALL,
            false);
    assertThat(
            Calendar.of(OFFICE, Map.of("default/all", open))
                .at(CHECKOUT, at("2026-12-02T12:00:00Z"), false))
        .isEqualTo(new Closed(false, ImmutableSortedSet.of("default/all"), Optional.empty()));
  }

  @Test
  void nothing_is_looked_for_beyond_two_years() {
    Calendar calendar =
        Calendar.of(
            Schedule.ALWAYS, Map.of("default/long", once("2026-01-01T00:00", "2030-01-01T00:00")));
    assertThat(calendar.at(CHECKOUT, at("2026-12-01T00:00:00Z"), false).until()).isEmpty();
    assertThat(calendar.at(CHECKOUT, at("2028-12-01T00:00:00Z"), false).until())
        .contains(at("2029-12-31T23:00:00Z"));
  }

  @Test
  void a_rule_that_leaves_no_hour_over_never_opens() {
    Freeze nightAndDay =
        recurring("2026-01-01T00:00", "FREQ=DAILY;BYHOUR=0,12", Duration.ofHours(13));
    assertThat(
            Calendar.of(Schedule.ALWAYS, Map.of("default/x", nightAndDay))
                .at(CHECKOUT, at("2026-12-01T00:00:00Z"), false))
        .isEqualTo(new Closed(false, ImmutableSortedSet.of("default/x"), Optional.empty()));
  }

  @Test
  void a_recurring_freeze_and_hours_leave_what_is_over() {
    Freeze mornings = recurring("2026-01-01T09:00", "FREQ=WEEKLY;BYDAY=MO,TU", Duration.ofHours(6));
    Calendar calendar = Calendar.of(OFFICE, Map.of("default/mornings", mornings));
    assertThat(calendar.at(CHECKOUT, at("2026-12-07T05:00:00Z"), false))
        .isEqualTo(closed(true, "2026-12-07T14:00:00Z"));
    assertThat(calendar.at(CHECKOUT, at("2026-12-07T14:00:00Z"), false))
        .isEqualTo(new Open(Optional.of(at("2026-12-07T15:00:00Z"))));
  }

  @Test
  void urgent_passes_hours_and_the_freezes_that_let_it() {
    Freeze passable =
        new Freeze(once("2026-12-01T00:00", "2026-12-02T00:00").times(), Selector.ALL, true);
    Freeze strict = once("2026-12-01T12:00", "2026-12-01T18:00");
    Calendar calendar =
        Calendar.of(schedule(BERLIN, "Sun"), Map.of("a/passable", passable, "a/strict", strict));
    assertThat(calendar.at(CHECKOUT, at("2026-12-01T08:00:00Z"), true))
        .isEqualTo(new Open(Optional.of(at("2026-12-01T11:00:00Z"))));
    assertThat(calendar.at(CHECKOUT, at("2026-12-01T12:00:00Z"), true))
        .isEqualTo(closed(false, "2026-12-01T17:00:00Z", "a/strict"));
    assertThat(calendar.at(CHECKOUT, at("2026-12-01T12:00:00Z"), false))
        .isEqualTo(closed(true, "2026-12-05T23:00:00Z", "a/passable", "a/strict"));
  }

  @Test
  void a_freeze_takes_what_all_of_its_selectors_take() {
    Selector some =
        new Selector(
            ImmutableSortedSet.of("shop", "pay"),
            ImmutableSortedSet.of("checkout"),
            ImmutableSortedSet.of("eu-west"),
            ImmutableSortedMap.of("team", "one"));
    assertThat(some.takes(labelled(subject("shop", "checkout", "eu-west")))).isTrue();
    assertThat(some.takes(labelled(subject("pay", "checkout", "eu-west")))).isTrue();
    assertThat(some.takes(labelled(subject("other", "checkout", "eu-west")))).isFalse();
    assertThat(some.takes(labelled(subject("shop", "cart", "eu-west")))).isFalse();
    assertThat(some.takes(labelled(subject("shop", "checkout", "us-east")))).isFalse();
    assertThat(some.takes(subject("shop", "checkout", "eu-west"))).isFalse();
    assertThat(Selector.ALL.takes(subject("any", "thing", "anywhere"))).isTrue();
  }

  @Test
  void all_mesh_clusters_at_once_are_stopped_by_a_freeze_of_one() {
    Selector one =
        new Selector(
            ImmutableSortedSet.of(),
            ImmutableSortedSet.of(),
            ImmutableSortedSet.of("eu-west"),
            ImmutableSortedMap.of());
    assertThat(
            one.takes(new Subject("shop", "checkout", ImmutableSortedMap.of(), Optional.empty())))
        .isTrue();
  }

  @Test
  void a_freeze_begins_at_the_first_and_ends_at_the_second_of_a_time_shown_twice() {
    Calendar calendar =
        Calendar.of(Schedule.ALWAYS, Map.of("a/x", once("2026-10-25T02:15", "2026-10-25T02:45")));
    assertThat(calendar.at(CHECKOUT, at("2026-10-25T00:00:00Z"), false))
        .isEqualTo(new Open(Optional.of(at("2026-10-25T00:15:00Z"))));
    assertThat(calendar.at(CHECKOUT, at("2026-10-25T00:50:00Z"), false))
        .isEqualTo(closed(false, "2026-10-25T01:45:00Z", "a/x"));
  }

  @Test
  void a_freeze_that_begins_at_a_time_the_clocks_skip_begins_as_if_they_did_not() {
    Calendar calendar =
        Calendar.of(Schedule.ALWAYS, Map.of("a/x", once("2027-03-28T02:30", "2027-03-28T05:00")));
    assertThat(calendar.at(CHECKOUT, at("2027-03-28T01:00:00Z"), false))
        .isEqualTo(new Open(Optional.of(at("2027-03-28T01:30:00Z"))));
  }

  @Test
  void a_freeze_that_the_clocks_skip_closes_nothing_and_is_known() {
    Freeze lost = once("2027-03-28T02:00", "2027-03-28T03:00");
    assertThat(
            Calendar.of(Schedule.ALWAYS, Map.of("a/x", lost))
                .at(CHECKOUT, at("2027-03-28T01:00:00Z"), false))
        .isEqualTo(new Open(Optional.empty()));
    assertThat(lost.times().swallowed(Instant.EPOCH, Instant.EPOCH))
        .contains(local("2027-03-28T02:00"));
  }

  @Test
  void hours_that_the_clocks_skip_are_known() {
    Instant from = at("2027-01-01T00:00:00Z");
    assertThat(schedule(BERLIN, "Sun 02:00-02:45").swallowed(from, at("2028-01-01T00:00:00Z")))
        .map(Schedule.Swallowed::at)
        .contains(local("2027-03-28T02:00"));
    assertThat(schedule(BERLIN, "Sun 02:00-03:30").swallowed(from, at("2028-01-01T00:00:00Z")))
        .isEmpty();
    assertThat(schedule(UTC, "Sun 02:00-02:45").swallowed(from, at("2028-01-01T00:00:00Z")))
        .isEmpty();
  }

  @Test
  void what_closes_is_told_in_words() {
    assertThat(((Closed) closed(true, "2026-12-07T14:00:00Z", "a/x", "b/y")).because())
        .isEqualTo("outside the schedule, frozen by a/x, b/y");
    assertThat(((Closed) closed(true, "2026-12-07T14:00:00Z")).because())
        .isEqualTo("outside the schedule");
    assertThat(((Closed) closed(false, "2026-12-07T14:00:00Z", "a/x")).because())
        .isEqualTo("frozen by a/x");
  }

  @Test
  void records_that_make_no_sense_cannot_be_made() {
    assertThatThrownBy(() -> new Once(UTC, Optional.empty(), Optional.empty()))
        .hasMessageContaining("at least one");
    assertThatThrownBy(() -> once("2026-12-02T00:00", "2026-12-01T00:00"))
        .hasMessageContaining("after from");
    assertThatThrownBy(() -> recurring("2026-12-02T00:00", "FREQ=DAILY", Duration.ofSeconds(59)))
        .hasMessageContaining("PT1M..PT8784H");
    assertThatThrownBy(() -> new Closed(false, ImmutableSortedSet.of(), Optional.empty()))
        .hasMessageContaining("closed by nothing");
  }

  static Schedule schedule(ZoneId zone, String... hours) {
    ImmutableList.Builder<OpeningHours> open = ImmutableList.builder();
    for (String one : hours) {
      open.add(OpeningHours.parse(one));
    }
    return new Schedule(zone, open.build());
  }

  private static Freeze once(String from, String to) {
    return new Freeze(
        new Once(BERLIN, Optional.of(local(from)), Optional.of(local(to))), Selector.ALL, false);
  }

  private static Freeze recurring(String from, String rule, Duration duration) {
    return new Freeze(
        new Recurring(BERLIN, local(from), RecurrenceRule.parse(rule), duration),
        Selector.ALL,
        false);
  }

  private static Openness closed(boolean outsideHours, String until, String... freezes) {
    return new Closed(outsideHours, ImmutableSortedSet.copyOf(freezes), Optional.of(at(until)));
  }

  private static Subject subject(String tenant, String service, String cluster) {
    return new Subject(tenant, service, ImmutableSortedMap.of(), Optional.of(cluster));
  }

  private static Subject labelled(Subject subject) {
    return new Subject(
        subject.tenant(),
        subject.service(),
        ImmutableSortedMap.of("team", "one", "x", "y"),
        subject.cluster());
  }

  private static Instant at(String text) {
    return Instant.parse(text);
  }

  private static LocalDateTime local(String text) {
    return LocalDateTime.parse(text);
  }
}

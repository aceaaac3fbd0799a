package dev.serin.server.api;

import static dev.serin.server.api.ApiBench.failure;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.FieldMask;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.serin.server.control.Bench;
import dev.serin.v1.AnyResource;
import dev.serin.v1.ApplyRequest;
import dev.serin.v1.ApplyResult;
import dev.serin.v1.CanaryPolicy;
import dev.serin.v1.CheckOpenRequest;
import dev.serin.v1.CheckOpenResponse;
import dev.serin.v1.CreateCanaryPolicyRequest;
import dev.serin.v1.CreateFreezeWindowRequest;
import dev.serin.v1.DeleteFreezeWindowRequest;
import dev.serin.v1.FreezeWindow;
import dev.serin.v1.FreezeWindowSpec;
import dev.serin.v1.GetFreezeWindowRequest;
import dev.serin.v1.ListFreezeWindowsRequest;
import dev.serin.v1.UpdateFreezeWindowRequest;
import io.grpc.Status;
import java.io.IOException;
import java.text.ParseException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Freezes over the API, and the question whether a service may grow; it is {@link Bench#T0}. */
class CalendarApiTest {
  private static final String FRIDAY = "tenants/ops/freezeWindows/friday";
  private static final String CHECKOUT = "tenants/shop/services/checkout";

  private ApiBench api;

  @BeforeEach
  void open() throws IOException {
    api = new ApiBench();
  }

  @AfterEach
  void end() {
    api.close();
  }

  @Test
  void a_freeze_is_created_shown_listed_changed_and_deleted() throws ParseException {
    FreezeWindow made = create("2026-11-22T11:00", "2026-11-22T13:00");
    assertThat(made.getName()).isEqualTo(FRIDAY);
    assertThat(made.getStatus().getActive()).isTrue();
    assertThat(made.getStatus().getChanges()).isEqualTo(time("2026-11-22T13:00:00Z"));
    assertThat(made.getStatus().getReason()).isEqualTo("sale");
    assertThat(made.getEtag()).isNotEmpty();
    assertThat(get()).isEqualTo(made);
    assertThat(
            api.calendar
                .listFreezeWindows(
                    ListFreezeWindowsRequest.newBuilder().setParent("tenants/-").build())
                .getFreezeWindowsList())
        .containsExactly(made);
    assertThat(
            api.calendar
                .listFreezeWindows(
                    ListFreezeWindowsRequest.newBuilder().setParent("tenants/shop").build())
                .getFreezeWindowsList())
        .isEmpty();

    FreezeWindow changed =
        api.calendar.updateFreezeWindow(
            UpdateFreezeWindowRequest.newBuilder()
                .setFreezeWindow(
                    FreezeWindow.newBuilder()
                        .setName(FRIDAY)
                        .setEtag(made.getEtag())
                        .setSpec(FreezeWindowSpec.newBuilder().setTo("2026-11-22T14:00")))
                .setUpdateMask(FieldMask.newBuilder().addPaths("spec.to"))
                .setReason("longer")
                .build());
    assertThat(changed.getSpec().getFrom()).isEqualTo("2026-11-22T11:00");
    assertThat(changed.getStatus().getChanges()).isEqualTo(time("2026-11-22T14:00:00Z"));
    assertThat(changed.getStatus().getReason()).isEqualTo("longer");

    assertThat(failure(() -> delete(made.getEtag())).getStatus().getCode())
        .isEqualTo(Status.Code.ABORTED);
    delete(changed.getEtag());
    assertThat(failure(this::get).getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(failure(() -> delete("")).getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
  }

  @Test
  void a_freeze_that_cannot_be_is_refused_with_every_field() {
    Status status =
        failure(() ->
                api.calendar.createFreezeWindow(
                    request(
                            FreezeWindowSpec.newBuilder()
                                .setZone("Mars/Olympus")
                                .setRrule("FREQ=SECONDLY"))
                        .build()))
            .getStatus();
    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).contains("spec.zone", "spec.rrule", "spec.duration");
  }

  @Test
  void a_name_is_taken_once_and_a_repeat_of_the_same_call_is_not_another() {
    CreateFreezeWindowRequest once =
        request(FreezeWindowSpec.newBuilder().setZone("UTC").setTo("2026-11-22T13:00"))
            .setRequestId("one")
            .build();
    FreezeWindow made = api.calendar.createFreezeWindow(once);
    assertThat(api.calendar.createFreezeWindow(once)).isEqualTo(made.toBuilder().build());
    assertThat(
            failure(() ->
                    api.calendar.createFreezeWindow(once.toBuilder().setRequestId("two").build()))
                .getStatus()
                .getCode())
        .isEqualTo(Status.Code.ALREADY_EXISTS);
  }

  @Test
  void what_is_doubtful_in_a_freeze_is_told_with_the_answer() {
    assertThat(create("2026-11-21T11:00", "2026-11-21T13:00").getStatus().getNote())
        .contains("2026-11-21T13:00 is over");
  }

  @Test
  void apply_takes_freezes_among_other_resources() {
    AnyResource freeze =
        AnyResource.newBuilder()
            .setFreezeWindow(
                request(FreezeWindowSpec.newBuilder().setZone("UTC").setTo("2026-11-22T13:00"))
                    .getFreezeWindow()
                    .toBuilder()
                    .setName(FRIDAY))
            .build();
    ApplyRequest request = ApplyRequest.newBuilder().addResources(freeze).build();
    ApplyResult made = api.resources.apply(request).getResults(0);
    assertThat(made.getOutcome()).isEqualTo(ApplyResult.Outcome.CREATED);
    assertThat(made.getResource().getFreezeWindow()).isEqualTo(get());
    assertThat(api.resources.apply(request).getResults(0).getOutcome())
        .isEqualTo(ApplyResult.Outcome.UNCHANGED);
  }

  @Test
  void a_service_is_open_until_the_next_freeze_of_it_and_then_closed_because_of_it()
      throws ParseException {
    create("2026-11-22T13:00", "2026-11-22T15:00");
    CheckOpenResponse now = api.calendar.checkOpen(check().build());
    assertThat(now.getOpen()).isTrue();
    assertThat(now.getUntil()).isEqualTo(time("2026-11-22T13:00:00Z"));
    CheckOpenResponse then =
        api.calendar.checkOpen(check().setTime(time("2026-11-22T14:00:00Z")).build());
    assertThat(then.getOpen()).isFalse();
    assertThat(then.getUntil()).isEqualTo(time("2026-11-22T15:00:00Z"));
    assertThat(then.getFreezesList())
        .extracting(CheckOpenResponse.Frozen::getName, CheckOpenResponse.Frozen::getReason)
        .containsExactly(org.assertj.core.api.Assertions.tuple(FRIDAY, "sale"));
    assertThat(
            api.calendar
                .checkOpen(check().setUrgent(true).setTime(time("2026-11-22T14:00:00Z")).build())
                .getOpen())
        .isTrue();
  }

  @Test
  void the_schedule_of_a_policy_counts() throws ParseException {
    CanaryPolicy.Builder policy = CanaryPolicy.newBuilder();
    policy.getMetadataBuilder().setName("office");
    policy
        .getSpecBuilder()
        .getScheduleBuilder()
        .setZone("Europe/Berlin")
        .addOpen("Mon 09:00-16:00");
    var ignored =
        api.policies.createCanaryPolicy(
            CreateCanaryPolicyRequest.newBuilder()
                .setParent("tenants/shop")
                .setCanaryPolicy(policy)
                .build());
    // It is Sunday.
    CheckOpenResponse answer = api.calendar.checkOpen(check().setPolicy("office").build());
    assertThat(answer.getOpen()).isFalse();
    assertThat(answer.getOutsideHours()).isTrue();
    assertThat(answer.getUntil()).isEqualTo(time("2026-11-23T08:00:00Z"));
    assertThat(answer.getPolicy()).isEqualTo("tenants/shop/policies/office");
    assertThat(
            failure(() -> api.calendar.checkOpen(check().setPolicy("none").build()))
                .getStatus()
                .getCode())
        .isEqualTo(Status.Code.NOT_FOUND);
    assertThat(
            failure(() ->
                    api.calendar.checkOpen(
                        CheckOpenRequest.newBuilder().setName(CHECKOUT + "x").build()))
                .getStatus()
                .getCode())
        .isEqualTo(Status.Code.NOT_FOUND);
  }

  private FreezeWindow create(String from, String to) {
    return api.calendar.createFreezeWindow(
        request(
                FreezeWindowSpec.newBuilder()
                    .setZone("UTC")
                    .setFrom(from)
                    .setTo(to)
                    .addAllow("urgent")
                    .setIn(FreezeWindowSpec.Selector.newBuilder().addTenants("shop")))
            .build());
  }

  private static CreateFreezeWindowRequest.Builder request(FreezeWindowSpec.Builder spec) {
    return CreateFreezeWindowRequest.newBuilder()
        .setParent("tenants/ops")
        .setFreezeWindowId("friday")
        .setReason("sale")
        .setFreezeWindow(FreezeWindow.newBuilder().setSpec(spec));
  }

  private FreezeWindow get() {
    return api.calendar.getFreezeWindow(
        GetFreezeWindowRequest.newBuilder().setName(FRIDAY).build());
  }

  private void delete(String etag) {
    var ignored =
        api.calendar.deleteFreezeWindow(
            DeleteFreezeWindowRequest.newBuilder().setName(FRIDAY).setEtag(etag).build());
  }

  private static CheckOpenRequest.Builder check() {
    return CheckOpenRequest.newBuilder().setName(CHECKOUT);
  }

  private static Timestamp time(String text) throws ParseException {
    return Timestamps.parse(text);
  }
}

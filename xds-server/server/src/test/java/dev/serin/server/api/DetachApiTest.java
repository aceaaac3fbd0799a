package dev.serin.server.api;

import static dev.serin.server.api.ApiBench.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.v1.AbortRolloutRequest;
import dev.serin.v1.AuditEntry;
import dev.serin.v1.AuditServiceGrpc;
import dev.serin.v1.DetachRequest;
import dev.serin.v1.GetMeshServiceRequest;
import dev.serin.v1.ListAuditEntriesRequest;
import dev.serin.v1.MeshService;
import dev.serin.v1.RetryRolloutRequest;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.SetStableRequest;
import io.grpc.Status;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DetachApiTest {
  private static final String CHECKOUT = "tenants/shop/services/checkout";
  private ApiBench api;

  @BeforeEach
  void open() throws IOException {
    api = new ApiBench();
  }

  @AfterEach
  void close() {
    api.close();
  }

  private MeshService detach(boolean validateOnly) {
    return api.catalog.detach(
        DetachRequest.newBuilder()
            .setName(CHECKOUT)
            .setReason("we go back to our own")
            .setValidateOnly(validateOnly)
            .build());
  }

  private MeshService get() {
    return api.catalog.getMeshService(GetMeshServiceRequest.newBuilder().setName(CHECKOUT).build());
  }

  private void aborted() throws InterruptedException {
    ApiBench.Watch watch = api.watch(0);
    var ignored =
        api.rollouts.abortRollout(AbortRolloutRequest.newBuilder().setName(ApiBench.V2).build());
    watch.until(RolloutStatus.Phase.ROLLED_BACK);
  }

  @Test
  void aServiceUnderRolloutIsRefusedWithTheReason() {
    Status status = failure(() -> detach(false)).getStatus();
    assertThat(status.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(status.getDescription()).contains("checkout-v2", "is running");
    assertThat(get().getStatus().getDetached()).isFalse();
  }

  @Test
  void itIsShownUntilSomethingAttachesTheServiceWhichSaysSo() throws Exception {
    aborted();
    assertThat(detach(true).getStatus().getDetached()).isTrue();
    assertThat(get().getStatus().getDetached()).as("only asked").isFalse();
    assertThat(detach(false).getStatus().getDetached()).isTrue();
    assertThat(detach(false).getStatus().getNote()).isEqualTo("it is detached already");
    assertThat(get().getStatus().getDetached()).isTrue();
    assertThat(get().getStatus().getNote()).isEmpty();

    MeshService attached =
        api.catalog.setStable(
            SetStableRequest.newBuilder().setName(CHECKOUT).setVersion("v3").build());
    assertThat(attached.getStatus().getDetached()).isFalse();
    assertThat(attached.getStatus().getNote()).contains("attached again");
  }

  @Test
  void aRetriedRolloutSaysThatItAttachedTheService() throws Exception {
    aborted();
    assertThat(detach(false).getStatus().getDetached()).isTrue();
    assertThat(
            api.rollouts
                .retryRollout(RetryRolloutRequest.newBuilder().setName(ApiBench.V2).build())
                .getStatus()
                .getNote())
        .contains("attached again");
  }

  @Test
  void theAuditLogHasWhoDetachedAServiceAndWhatAttachedItAgain() throws Exception {
    aborted();
    assertThat(detach(false).getStatus().getDetached()).isTrue();
    assertThat(
            api.catalog
                .setStable(SetStableRequest.newBuilder().setName(CHECKOUT).setVersion("v3").build())
                .getStatus()
                .getStable())
        .isEqualTo("v3");
    List<AuditEntry> entries = audit(CHECKOUT);
    assertThat(entries)
        .extracting(AuditEntry::getAction)
        .containsSubsequence("Created", "Detached", "Attached", "SetStable");
    assertThat(entries)
        .filteredOn(entry -> entry.getAction().equals("Detached"))
        .singleElement()
        .satisfies(entry -> {
          assertThat(entry.getReason()).isEqualTo("we go back to our own");
          assertThat(entry.getActor()).isNotEmpty();
          assertThat(entry.getResource()).isEqualTo(CHECKOUT);
        });
    assertThat(audit(ApiBench.V2))
        .filteredOn(entry -> entry.getAction().equals("Abort"))
        .singleElement()
        .satisfies(entry -> assertThat(entry.getActor()).isNotEmpty().isNotEqualTo("serin"));
    assertThat(audit("tenants/shop/policies/quick")).isNotEmpty();
    assertThat(failure(() -> audit("tenants/shop/things/x")).getStatus().getDescription())
        .contains("resource: tenants/shop/things/x (expected:");
  }

  private List<AuditEntry> audit(String resource) {
    return AuditServiceGrpc.newBlockingStub(api.channel)
        .listAuditEntries(ListAuditEntriesRequest.newBuilder().setResource(resource).build())
        .getEntriesList();
  }
}

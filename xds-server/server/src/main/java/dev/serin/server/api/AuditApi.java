package dev.serin.server.api;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
import dev.serin.policy.ResourceName;
import dev.serin.server.control.RolloutHistory;
import dev.serin.spi.Entry;
import dev.serin.spi.StoreException;
import dev.serin.v1.AuditEntry;
import dev.serin.v1.AuditServiceGrpc;
import dev.serin.v1.ListAuditEntriesRequest;
import dev.serin.v1.ListAuditEntriesResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;

/**
 * {@code serin.v1.AuditService}: the journal of one rollout; listing over all resources is not
 * supported yet.
 */
public final class AuditApi extends AuditServiceGrpc.AuditServiceImplBase {
  private static final int MAX_PAGE = 1_000;
  private static final int DEFAULT_PAGE = 100;

  private final RolloutHistory history;

  public AuditApi(RolloutHistory history) {
    this.history = history;
  }

  @Override
  public void listAuditEntries(
      ListAuditEntriesRequest request, StreamObserver<ListAuditEntriesResponse> observer) {
    Replies.now(
        observer,
        () -> {
          if (request.getResource().isEmpty()) {
            throw Replies.notSupported("listing the audit log without a resource");
          }
          ResourceName rollout = Names.parse(Names.ROLLOUTS, request.getResource());
          int size =
              request.getPageSize() <= 0 ? DEFAULT_PAGE : Math.min(request.getPageSize(), MAX_PAGE);
          long after =
              request.getPageToken().isEmpty()
                  ? request.getAfterRevision()
                  : token(request.getPageToken());
          return page(request.getResource(), rollout, after, size);
        });
  }

  private static long token(String pageToken) {
    try {
      return Long.parseLong(pageToken);
    } catch (NumberFormatException foreign) {
      throw Replies.badField("page_token", pageToken + " (expected: one that a list returned)");
    }
  }

  private ListAuditEntriesResponse page(
      String fullName, ResourceName rollout, long after, int size) {
    ListAuditEntriesResponse.Builder page = ListAuditEntriesResponse.newBuilder();
    try {
      for (Entry entry : history.entries(rollout, after, size)) {
        page.addEntries(
            AuditEntry.newBuilder()
                .setRevision(entry.seq())
                .setTime(Times.of(entry.at()))
                .setAction(entry.kind())
                .setResource(fullName)
                .setEntry(struct(entry.body())));
      }
    } catch (StoreException unavailable) {
      throw Status.UNAVAILABLE.withDescription(unavailable.getMessage()).asRuntimeException();
    }
    if (page.getEntriesCount() == size) {
      page.setNextPageToken(Long.toString(page.getEntries(size - 1).getRevision()));
    }
    return page.build();
  }

  private static Struct struct(String json) {
    Struct.Builder struct = Struct.newBuilder();
    try {
      JsonFormat.parser().merge(json, struct);
    } catch (InvalidProtocolBufferException unreadable) {
      throw Status.DATA_LOSS.withDescription(unreadable.getMessage()).asRuntimeException();
    }
    return struct.build();
  }
}

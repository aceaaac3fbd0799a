package dev.serin.server.api;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.serin.rollout.Decided;
import dev.serin.spi.Entry;
import dev.serin.spi.Store;
import dev.serin.spi.StoreException;
import dev.serin.v1.AuditEntry;
import dev.serin.v1.AuditServiceGrpc;
import dev.serin.v1.ListAuditEntriesRequest;
import dev.serin.v1.ListAuditEntriesResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;

/**
 * {@code serin.v1.AuditService}: the journal of one rollout, service or policy; listing over all
 * resources is not supported yet.
 */
public final class AuditApi extends AuditServiceGrpc.AuditServiceImplBase {
  private static final int MAX_PAGE = 1_000;
  private static final int DEFAULT_PAGE = 100;

  private static final ImmutableSet<String> COLLECTIONS =
      ImmutableSet.of(
          Names.ROLLOUTS,
          Names.SERVICES,
          Names.POLICIES,
          Names.FREEZES,
          Names.RELEASES,
          Names.CHANNELS);

  private final Store store;

  /** Of what the store has, that of deleted resources included. */
  public AuditApi(Store store) {
    this.store = store;
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
          String stream = stream(request.getResource());
          int size =
              request.getPageSize() <= 0 ? DEFAULT_PAGE : Math.min(request.getPageSize(), MAX_PAGE);
          long after =
              request.getPageToken().isEmpty()
                  ? request.getAfterRevision()
                  : token(request.getPageToken());
          return page(request.getResource(), stream, after, size);
        });
  }

  /** A journal is called as its collection and its resource are. */
  private static String stream(String resource) {
    List<String> parts = Splitter.on('/').splitToList(resource);
    String collection = parts.size() > 2 ? parts.get(2) : "";
    if (!COLLECTIONS.contains(collection)) {
      throw Replies.badField(
          "resource",
          resource
              + " (expected: tenants/TENANT/COLLECTION/NAME of "
              + String.join(", ", COLLECTIONS)
              + ")");
    }
    return collection + "/" + Names.parse(collection, resource);
  }

  private static long token(String pageToken) {
    try {
      return Long.parseLong(pageToken);
    } catch (NumberFormatException foreign) {
      throw Replies.badField("page_token", pageToken + " (expected: one that a list returned)");
    }
  }

  private ListAuditEntriesResponse page(String fullName, String stream, long after, int size) {
    ListAuditEntriesResponse.Builder page = ListAuditEntriesResponse.newBuilder();
    try {
      for (Entry entry : store.history(stream, after, size)) {
        page.addEntries(entry(fullName, entry));
      }
    } catch (StoreException unavailable) {
      throw Status.UNAVAILABLE.withDescription(unavailable.getMessage()).asRuntimeException();
    }
    if (page.getEntriesCount() == size) {
      page.setNextPageToken(Long.toString(page.getEntries(size - 1).getRevision()));
    }
    return page.build();
  }

  private static AuditEntry entry(String fullName, Entry entry) {
    Struct body = struct(entry.body());
    Struct by = by(body);
    String actor = text(by, "actor");
    return AuditEntry.newBuilder()
        .setRevision(entry.seq())
        .setTime(Times.of(entry.at()))
        .setActor(actor.isEmpty() ? Decided.SERIN : actor)
        .setAction(entry.kind())
        .setResource(fullName)
        .setReason(text(by, "reason"))
        .setRequestId(text(by, "requestId"))
        .setEntry(body)
        .build();
  }

  /** A rollout's entry holds an event, which has who asked for it; others say so themselves. */
  private static Struct by(Struct body) {
    Value event = body.getFieldsOrDefault("event", Value.getDefaultInstance());
    return event.hasStructValue()
        ? event
            .getStructValue()
            .getFieldsOrDefault("by", Value.getDefaultInstance())
            .getStructValue()
        : body;
  }

  private static String text(Struct struct, String field) {
    return struct.getFieldsOrDefault(field, Value.getDefaultInstance()).getStringValue();
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

package dev.serin.server.api;

import com.google.protobuf.Empty;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Message;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.By;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.Control;
import dev.serin.server.control.Outcome;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.server.control.Wanted;
import dev.serin.text.Checked;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The standard methods (AIP-131 to AIP-135) of a kind of resource that the catalogue holds as
 * documents.
 *
 * @param <S> what is stored of a resource
 * @param <T> the kind's record
 * @param <M> its message
 */
final class StandardMethods<S, T, M extends Message> {
  private static final int MAX_PAGE = 1_000;

  /**
   * What is particular to a kind.
   *
   * @param word for people, as {@code channel}
   * @param stored all that there are
   * @param record of what is stored
   * @param check a message's way to a record, with every problem
   * @param toProto a record as a message that is not stored
   * @param view a resource as it is stored, with its status
   * @param noted a view with what is told of a change; the same where the kind has no place for it
   * @param delete the command
   */
  record Traits<S, T, M extends Message>(
      String word,
      String collection,
      Function<Catalog, ? extends Map<ResourceName, Versioned<S>>> stored,
      Function<S, T> record,
      Function<T, ResourceName> name,
      Function<T, ? extends Map<String, String>> labels,
      Function<M, Checked<T>> check,
      Function<T, M> toProto,
      Function<T, Wanted> wanted,
      BiFunction<Catalog, Versioned<S>, M> view,
      BiFunction<M, String, M> noted,
      Deletion delete) {}

  /** Deletes a resource of the kind. */
  interface Deletion {
    CompletableFuture<Outcome<ResourceName>> apply(
        Control control, ResourceName name, By by, boolean checkOnly);
  }

  /** What every change is asked with. */
  record Call(Message request, String requestId, String reason, boolean checkOnly) {
    By by() {
      return Callers.by(reason, requestId);
    }
  }

  private final Control control;
  private final Traits<S, T, M> kind;
  private final StandardPut<T, M> put;

  StandardMethods(Control control, M nothing, Traits<S, T, M> kind) {
    this.control = control;
    this.kind = kind;
    this.put =
        new StandardPut<>(
            kind.wanted(),
            nothing,
            kind.toProto(),
            (name, note) -> kind.noted().apply(find(name), note));
  }

  private @Nullable Versioned<S> stored(Catalog catalog, ResourceName name) {
    return kind.stored().apply(catalog).get(name);
  }

  /** As it is stored; NOT_FOUND where it is not. */
  M find(ResourceName name) {
    Catalog catalog = control.catalog();
    Versioned<S> found = stored(catalog, name);
    if (found == null) {
      throw Replies.notFound(kind.word() + " " + name);
    }
    return kind.view().apply(catalog, found);
  }

  void get(String fullName, StreamObserver<M> observer) {
    Replies.now(observer, () -> find(Names.parse(kind.collection(), fullName)));
  }

  /** A page of a list, as of one catalogue. */
  record Listed<M>(List<M> items, String nextToken, long revision) {}

  Listed<M> list(String parent, String filter, int pageSize, String pageToken) {
    ListFilter taken = ListFilter.of(parent, filter);
    Catalog catalog = control.catalog();
    Page<Versioned<S>> page =
        Page.of(
            kind.stored().apply(catalog).values().stream()
                .filter(one -> {
                  T record = kind.record().apply(one.value());
                  return taken.takes(kind.name().apply(record), kind.labels().apply(record));
                })
                .toList(),
            one -> Names.pageKey(kind.name().apply(kind.record().apply(one.value()))),
            pageSize,
            MAX_PAGE,
            pageToken);
    return new Listed<>(
        page.items().stream().map(one -> kind.view().apply(catalog, one)).toList(),
        page.nextToken(),
        catalog.revision());
  }

  /**
   * Creates what is not there.
   *
   * @param named with the tenant and the name that the request gives it
   */
  void create(Call call, M named, StreamObserver<M> observer) {
    T resource = Replies.require(kind.check().apply(named));
    ResourceName name = kind.name().apply(resource);
    put.put(
        control.on(Callers.terms(call.request(), call.requestId())),
        name,
        now ->
            stored(now, name) != null
                ? Outcome.refused(
                    Kind.ALREADY_EXISTS, kind.word() + " " + name + " exists already; update it")
                : Outcome.done(resource),
        call.by(),
        call.checkOnly(),
        observer);
  }

  void update(
      Call call,
      ResourceName name,
      M asked,
      String etag,
      FieldMask mask,
      boolean allowMissing,
      StreamObserver<M> observer) {
    put.put(
        on(call, name, etag),
        name,
        now ->
            Edits.update(
                kind.word() + " " + name,
                Optional.ofNullable(stored(now, name))
                    .map(one -> kind.toProto().apply(kind.record().apply(one.value()))),
                asked,
                mask,
                allowMissing,
                kind.check()),
        call.by(),
        call.checkOnly(),
        observer);
  }

  void delete(
      Call call,
      String fullName,
      String etag,
      boolean allowMissing,
      StreamObserver<Empty> observer) {
    ResourceName name = Names.parse(kind.collection(), fullName);
    if (allowMissing && stored(control.catalog(), name) == null) {
      Replies.now(observer, Empty::getDefaultInstance);
      return;
    }
    Replies.send(
        kind.delete().apply(on(call, name, etag), name, call.by(), call.checkOnly()),
        observer,
        deleted -> Empty.getDefaultInstance());
  }

  /** Refuses where somebody was faster. */
  Control on(Call call, ResourceName name, String etag) {
    return control.on(
        Callers.terms(call.request(), call.requestId())
            .given(now -> Etags.check(stored(now, name), etag)));
  }
}

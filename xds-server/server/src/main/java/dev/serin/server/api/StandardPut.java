package dev.serin.server.api;

import dev.serin.policy.ResourceName;
import dev.serin.rollout.By;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Control;
import dev.serin.server.control.Outcome;
import dev.serin.server.control.Wanted;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * How the standard methods create and update resources of a kind.
 *
 * @param <T> the kind's record
 * @param <M> its message
 * @param nothing the answer to a check that has made nothing
 * @param made a resource that is not stored, as a message
 * @param stored a resource as it is stored, with its status, and what is told of the change
 */
record StandardPut<T, M>(
    Function<T, Wanted> wanted,
    M nothing,
    Function<T, M> made,
    BiFunction<ResourceName, String, M> stored) {

  /** A change that is only checked is answered with what it would have made. */
  void put(
      Control asked,
      ResourceName name,
      Function<Catalog, Outcome<T>> edit,
      By by,
      boolean checkOnly,
      StreamObserver<M> observer) {
    AtomicReference<M> would = new AtomicReference<>(nothing);
    Replies.send(
        asked.put(
            name,
            now ->
                edit.apply(now)
                    .map(resource -> {
                      would.set(made.apply(resource));
                      return wanted.apply(resource);
                    }),
            by,
            checkOnly),
        observer,
        (done, note) -> checkOnly ? would.get() : stored.apply(name, note));
  }
}

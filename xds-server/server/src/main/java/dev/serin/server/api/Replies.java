package dev.serin.server.api;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import dev.serin.server.control.Outcome;
import dev.serin.text.Checked;
import dev.serin.text.Problem;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns what came of a command into an answer or a status with details. */
final class Replies {
  private static final Logger log = LoggerFactory.getLogger(Replies.class);

  private Replies() {}

  /** Answers when the outcome is there. */
  static <T, R> void send(
      CompletableFuture<Outcome<T>> outcome, StreamObserver<R> observer, Function<T, R> view) {
    var ignored =
        outcome.whenComplete((value, bug) -> {
          if (bug != null) {
            observer.onError(internal(bug));
            return;
          }
          switch (value) {
            case Outcome.Done<T> done -> {
              // The view may find that it is gone again, or fail: the caller hears that, too.
              now(observer, () -> view.apply(done.value()));
            }
            case Outcome.Refused<T> refused -> observer.onError(status(refused));
          }
        });
  }

  /** Answers at once with what {@code answer} gives, or with the status that it throws. */
  static <R> void now(StreamObserver<R> observer, java.util.function.Supplier<R> answer) {
    R value;
    try {
      value = answer.get();
    } catch (StatusRuntimeException refused) {
      observer.onError(refused);
      return;
    } catch (RuntimeException bug) {
      observer.onError(internal(bug));
      return;
    }
    observer.onNext(value);
    observer.onCompleted();
  }

  /** Runs what answers by itself; a status that it throws becomes the answer. */
  static void guard(StreamObserver<?> observer, Runnable call) {
    try {
      call.run();
    } catch (StatusRuntimeException refused) {
      observer.onError(refused);
    } catch (RuntimeException bug) {
      observer.onError(internal(bug));
    }
  }

  private static StatusRuntimeException internal(Throwable bug) {
    log.error("a call failed", bug);
    return Status.INTERNAL.withDescription("an unexpected error").asRuntimeException();
  }

  static StatusRuntimeException status(Outcome.Refused<?> refused) {
    Status.Code code =
        switch (refused.kind()) {
          case NOT_FOUND -> Status.Code.NOT_FOUND;
          case ALREADY_EXISTS -> Status.Code.ALREADY_EXISTS;
          case INVALID -> Status.Code.INVALID_ARGUMENT;
          case FAILED_PRECONDITION -> Status.Code.FAILED_PRECONDITION;
          case CONFLICT -> Status.Code.ABORTED;
          case UNAVAILABLE -> Status.Code.UNAVAILABLE;
        };
    return code.toStatus().withDescription(refused.reason()).asRuntimeException();
  }

  /**
   * The value of a checked message, or INVALID_ARGUMENT with every problem as a field violation.
   */
  static <T> T require(Checked<T> checked) {
    return checked.value().orElseThrow(() -> invalid(checked.problems()));
  }

  static StatusRuntimeException invalid(List<Problem> problems) {
    BadRequest.Builder details = BadRequest.newBuilder();
    StringBuilder text = new StringBuilder();
    for (Problem problem : problems) {
      if (!problem.isError()) {
        continue;
      }
      details.addFieldViolations(
          BadRequest.FieldViolation.newBuilder()
              .setField(problem.path())
              .setDescription(problem.message()));
      text.append(text.isEmpty() ? "" : "\n").append(problem);
    }
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(Code.INVALID_ARGUMENT.getNumber())
            .setMessage(text.toString())
            .addDetails(Any.pack(details.build()))
            .build());
  }

  static StatusRuntimeException notFound(String what) {
    return Status.NOT_FOUND.withDescription(what + " does not exist").asRuntimeException();
  }

  static StatusRuntimeException notSupported(String what) {
    return Status.UNIMPLEMENTED
        .withDescription(what + " is not supported yet")
        .asRuntimeException();
  }
}

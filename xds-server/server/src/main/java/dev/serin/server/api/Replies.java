package dev.serin.server.api;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.PreconditionFailure;
import dev.serin.server.control.Outcome;
import dev.serin.text.Checked;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
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
    send(outcome, observer, (value, note) -> view.apply(value));
  }

  /**
   * Answers when the outcome is there.
   *
   * @param view of the value and of what is to be told of it
   */
  static <T, R> void send(
      CompletableFuture<Outcome<T>> outcome,
      StreamObserver<R> observer,
      BiFunction<T, String, R> view) {
    var ignored =
        outcome.whenComplete((value, bug) -> {
          if (bug != null) {
            observer.onError(internal(bug));
            return;
          }
          switch (value) {
            case Outcome.Done<T> done -> {
              // The view may find that it is gone again, or fail: the caller hears that, too.
              now(observer, () -> view.apply(done.value(), done.note()));
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
    return switch (refused.kind()) {
      case NOT_FOUND -> Status.NOT_FOUND.withDescription(refused.reason()).asRuntimeException();
      case ALREADY_EXISTS ->
          Status.ALREADY_EXISTS.withDescription(refused.reason()).asRuntimeException();
      case INVALID ->
          refused.at().isEmpty()
              ? Status.INVALID_ARGUMENT.withDescription(refused.reason()).asRuntimeException()
              : invalid(refused.reason(), refused.at());
      case FAILED_PRECONDITION ->
          with(
              Code.FAILED_PRECONDITION,
              refused.reason(),
              PreconditionFailure.newBuilder()
                  .addViolations(
                      PreconditionFailure.Violation.newBuilder()
                          .setType("STATE")
                          .setDescription(refused.reason()))
                  .build());
      case CONFLICT -> Status.ABORTED.withDescription(refused.reason()).asRuntimeException();
      case UNAVAILABLE -> Status.UNAVAILABLE.withDescription(refused.reason()).asRuntimeException();
    };
  }

  /**
   * The value of a checked message, or INVALID_ARGUMENT with every problem as a field violation.
   */
  static <T> T require(Checked<T> checked) {
    return switch (Edits.checked(checked)) {
      case Outcome.Done<T> done -> done.value();
      case Outcome.Refused<T> refused -> throw status(refused);
    };
  }

  /** One field that a request cannot have so. */
  static StatusRuntimeException badField(String field, String message) {
    return status(Outcome.invalid(field, message));
  }

  private static StatusRuntimeException invalid(String text, List<Outcome.At> at) {
    BadRequest.Builder details = BadRequest.newBuilder();
    at.forEach(one ->
        details.addFieldViolations(
            BadRequest.FieldViolation.newBuilder()
                .setField(one.path())
                .setDescription(one.message())));
    return with(Code.INVALID_ARGUMENT, text, details.build());
  }

  private static StatusRuntimeException with(Code code, String text, Message detail) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(code.getNumber())
            .setMessage(text)
            .addDetails(Any.pack(detail))
            .build());
  }

  static StatusRuntimeException notFound(String what) {
    return status(Outcome.refused(Outcome.Kind.NOT_FOUND, what + " does not exist"));
  }

  static StatusRuntimeException notSupported(String what) {
    return Status.UNIMPLEMENTED
        .withDescription(what + " is not supported yet")
        .asRuntimeException();
  }
}

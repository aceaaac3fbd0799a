package dev.serin.server.edge;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.serin.server.edge.testproto.CreateNoteRequest;
import dev.serin.server.edge.testproto.GetNoteRequest;
import dev.serin.server.edge.testproto.Note;
import dev.serin.server.edge.testproto.NotesGrpc;
import dev.serin.server.edge.testproto.PinNoteRequest;
import dev.serin.server.edge.testproto.UpdatePinRequest;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Answers with what it was asked: the method, the name, the actor. */
final class TestNotes extends NotesGrpc.NotesImplBase {

  /** Streams that are open; a test ends them. */
  final BlockingQueue<StreamObserver<Note>> watchers = new LinkedBlockingQueue<>();

  @Override
  public void getNote(GetNoteRequest request, StreamObserver<Note> answer) {
    if (request.getName().endsWith("/missing")) {
      BadRequest.FieldViolation violation =
          BadRequest.FieldViolation.newBuilder().setField("name").setDescription("gone").build();
      answer.onError(
          StatusProto.toStatusRuntimeException(
              Status.newBuilder()
                  .setCode(Code.NOT_FOUND_VALUE)
                  .setMessage("no such note")
                  .addDetails(
                      Any.pack(BadRequest.newBuilder().addFieldViolations(violation).build()))
                  .build()));
      return;
    }
    answer(answer, "GetNote", request.getName(), "");
  }

  @Override
  public void createNote(CreateNoteRequest request, StreamObserver<Note> answer) {
    answer(
        answer,
        "CreateNote",
        request.getParent() + "/notes/" + request.getNoteId(),
        request.getNote().getText());
  }

  @Override
  public void pinNote(PinNoteRequest request, StreamObserver<Note> answer) {
    if (request.getWeightPpm() > 1_000_000) {
      answer.onError(
          io.grpc.Status.OUT_OF_RANGE
              .withDescription("200 % (expected: 0 %..100 %)\nand \u00fcber")
              .asRuntimeException());
      return;
    }
    answer(
        answer, "PinNote", request.getName(), request.getWeightPpm() + " " + request.getReason());
  }

  @Override
  public void updatePin(UpdatePinRequest request, StreamObserver<Note> answer) {
    answer(
        answer,
        "UpdatePin",
        request.getPinnedNote().getName(),
        request.getPinnedNote().getText() + " " + request.getUpdateMask());
  }

  @Override
  public void explainNote(GetNoteRequest request, StreamObserver<Note> answer) {
    answer(answer, "ExplainNote", request.getName(), "");
  }

  @Override
  public void getShelf(GetNoteRequest request, StreamObserver<Note> answer) {
    answer(answer, "GetShelf", request.getName(), "");
  }

  @Override
  public void getStray(GetNoteRequest request, StreamObserver<Note> answer) {
    answer(answer, "GetStray", request.getName(), "");
  }

  @Override
  public void watchNotes(GetNoteRequest request, StreamObserver<Note> answer) {
    ((ServerCallStreamObserver<Note>) answer).setOnCancelHandler(() -> {});
    answer.onNext(Note.newBuilder().setName(request.getName()).build());
    watchers.add(answer);
  }

  private static void answer(StreamObserver<Note> answer, String method, String name, String text) {
    answer.onNext(
        Note.newBuilder()
            .setMethod(method)
            .setName(name)
            .setText(text)
            .setSizeBytes(9_007_199_254_740_993L)
            .setActor(Actor.current().name())
            .build());
    answer.onCompleted();
  }
}

package dev.serin.server.edge;

import static dev.serin.server.edge.ApiListenerTest.assertStatus;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.rpc.ErrorInfo;
import dev.serin.server.edge.testproto.GetNoteRequest;
import dev.serin.server.edge.testproto.NotesGrpc;
import dev.serin.server.edge.testproto.PinNoteRequest;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Iterator;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a client does wrong is told in words that help it, and is never taken for something else.
 */
final class WrongRequestsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NOTE = "/v1/tenants/t/notes/n";

  private static HttpResponse<String> send(
      TestApi api, String method, String path, String contentType, String body) throws Exception {
    var request = api.request(path).method(method, BodyPublishers.ofString(body));
    if (!contentType.isEmpty()) {
      request.header("content-type", contentType);
    }
    return api.http().send(request.build(), BodyHandlers.ofString());
  }

  /** A misspelt validateOnly must not do the thing itself. */
  @ParameterizedTest
  @CsvSource({
    "GET, /v1/tenants/t/notes/n?nmae=x, nmae",
    "GET, /v1/tenants/t/notes/n?name.first=x, name.first",
    "PATCH, /v1/tenants/t/pins/p?updatemask=text, updatemask",
    "PATCH, /v1/tenants/t/pins/p?pinnedNote.text=x, pinnedNote.text",
    "POST, /v1/tenants/t/notes/n:pin?reason=x, the body",
  })
  void aParameterThatAMethodDoesNotHaveIsRefused(String method, String path, String told)
      throws Exception {
    try (TestApi api = TestApi.open()) {
      HttpResponse<String> response = send(api, method, path, "", method.equals("GET") ? "" : "{}");
      assertStatus(response, 400, Status.Code.INVALID_ARGUMENT);
      assertThat(response.body()).contains("no such parameter").contains(told);
    }
  }

  @Test
  void parametersAreTakenUnderBothOfTheirNames() throws Exception {
    try (TestApi api = TestApi.open()) {
      for (String name : new String[] {"updateMask", "update_mask"}) {
        HttpResponse<String> response =
            send(api, "PATCH", "/v1/tenants/t/pins/p?" + name + "=m", "application/json", "{}");
        assertThat(JSON.readTree(response.body()).get("text").asText()).isEqualTo(" m");
      }
    }
  }

  @Test
  void aBodyThatIsNoJsonIsToldByItsType() throws Exception {
    try (TestApi api = TestApi.open()) {
      HttpResponse<String> form =
          send(api, "POST", NOTE + ":pin", "application/x-www-form-urlencoded", "reason=x");
      assertStatus(form, 415, Status.Code.INVALID_ARGUMENT);
      assertThat(form.body()).contains("expected: application/json");
      // No body needs no type.
      assertThat(send(api, "POST", NOTE + ":pin", "", "").statusCode()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"reason\":| not JSON",
        "[]| does not fit",
        "\"x\"| does not fit",
        "{\"weightPpm\": \"much\"}| much",
        "{\"weightPmp\": 1}| weightPmp",
      })
  void aBodyThatCannotBeReadIsToldWhy(String body, String told) throws Exception {
    try (TestApi api = TestApi.open()) {
      HttpResponse<String> response = send(api, "POST", NOTE + ":pin", "application/json", body);
      assertStatus(response, 400, Status.Code.INVALID_ARGUMENT);
      assertThat(response.body()).contains(told);
    }
  }

  @Test
  void deepJsonIsRefusedAndTheServerLivesOn() throws Exception {
    try (TestApi api = TestApi.open()) {
      String deep = "{\"reason\":" + "[".repeat(200_000) + "]".repeat(200_000) + "}";
      assertStatus(
          send(api, "POST", NOTE + ":pin", "application/json", deep),
          400,
          Status.Code.INVALID_ARGUMENT);
      assertThat(api.get(NOTE).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void otherMethodsAreRefusedAsJsonEverywhere() throws Exception {
    try (TestApi api =
        new TestApi(
            Optional.empty(),
            Optional.of((request, sink) -> new WatchSource.Opening.Opened(() -> {})))) {
      assertStatus(api.post("/v1/watch/notes", "{}"), 405, Status.Code.UNIMPLEMENTED);
      assertStatus(send(api, "DELETE", "/healthz", "", ""), 405, Status.Code.UNIMPLEMENTED);
      assertStatus(send(api, "DELETE", NOTE, "", ""), 405, Status.Code.UNIMPLEMENTED);
      assertStatus(
          api.post("/serin.edgetest.v1.Notes/GetNote", "{}"), 415, Status.Code.INVALID_ARGUMENT);
    }
  }

  @Test
  void aMessageArrivesWithItsPercentSignsAndLines() throws Exception {
    try (TestApi api = TestApi.open()) {
      HttpResponse<String> response = api.post(NOTE + ":pin", "{\"weightPpm\": 2000000}");
      assertThat(JSON.readTree(response.body()).get("message").asText())
          .isEqualTo("200 % (expected: 0 %..100 %)\nand \u00fcber");
    }
  }

  @Test
  void everyErrorHasAReasonForPrograms() throws Exception {
    try (TestApi api = TestApi.open()) {
      JsonNode info =
          JSON.readTree(api.post(NOTE + ":pin", "{\"weightPpm\": 2000000}").body())
              .get("details")
              .get(0);
      assertThat(info.get("@type").asText()).endsWith("google.rpc.ErrorInfo");
      assertThat(info.get("reason").asText()).isEqualTo("OUT_OF_RANGE");
      assertThat(info.get("domain").asText()).isEqualTo("serin.dev");
      // Also where no method was reached.
      assertThat(api.get("/v1/nothing").body()).contains("\"reason\":\"NOT_FOUND\"");
    }
    try (TestApi api = TestApi.withTokens()) {
      assertThat(api.get(NOTE).body()).contains("\"reason\":\"UNAUTHENTICATED\"");
      StatusRuntimeException refused =
          catchThrowableOfType(
              StatusRuntimeException.class,
              () ->
                  NotesGrpc.newBlockingStub(api.channel())
                      .getNote(GetNoteRequest.getDefaultInstance()));
      assertThat(reason(refused)).isEqualTo("UNAUTHENTICATED");
    }
  }

  private static String reason(StatusRuntimeException refused) throws IOException {
    var status = StatusProto.fromThrowable(refused);
    assertThat(status).isNotNull();
    return status.getDetails(0).unpack(ErrorInfo.class).getReason();
  }

  @Test
  void aMethodThatIsToComeSaysSo() throws Exception {
    try (TestApi api = TestApi.open()) {
      HttpResponse<String> response = api.post(NOTE + ":burn", "{}");
      assertStatus(response, 501, Status.Code.UNIMPLEMENTED);
      assertThat(response.body()).contains("BurnNote is not supported yet");
    }
  }

  @Test
  void anUnknownMethodIsUnimplementedInGrpc() throws Exception {
    try (TestApi api = TestApi.open()) {
      var bogus =
          NotesGrpc.getGetNoteMethod().toBuilder()
              .setFullMethodName("serin.edgetest.v1.Notes/Bogus")
              .build();
      assertThatThrownBy(() ->
              ClientCalls.blockingUnaryCall(
                  api.channel(), bogus, CallOptions.DEFAULT, GetNoteRequest.getDefaultInstance()))
          .hasMessageContaining("UNIMPLEMENTED");
    }
  }

  /** It was told as the server's own failure, and logged as one. */
  @Test
  void bytesThatAreNoMessageAreTheCallersMistake() throws Exception {
    try (TestApi api = TestApi.open()) {
      MethodDescriptor<byte[], byte[]> method = RawBytes.method(NotesGrpc.getGetNoteMethod());
      byte[] bytes = {(byte) 0xff, (byte) 0xff, 1, 2, 3};
      assertThatThrownBy(() ->
              ClientCalls.blockingUnaryCall(api.channel(), method, CallOptions.DEFAULT, bytes))
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              refused -> {
                assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
                assertThat(refused.getStatus().getDescription()).contains("not a message of this");
                assertThat(StatusProto.fromThrowable(refused)).isNotNull();
              });
      assertThat(api.get(NOTE).statusCode()).isEqualTo(200);
    }
  }

  /** The stream was reset without a word, for which clients have no better name than CANCELLED. */
  @Test
  void aGrpcMessageTooLargeIsToldByItsStatus() throws Exception {
    try (TestApi api = TestApi.open("--api.limits.maxRequestBytes=64KiB")) {
      for (int size : new int[] {70_000, 2_000_000}) {
        PinNoteRequest large = PinNoteRequest.newBuilder().setReason("x".repeat(size)).build();
        assertThatThrownBy(() -> NotesGrpc.newBlockingStub(api.channel()).pinNote(large))
            .hasMessageContaining("RESOURCE_EXHAUSTED");
      }
      assertThat(api.get(NOTE).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void namesThatOthersGaveMayHaveColons() throws Exception {
    try (TestApi api = TestApi.open()) {
      assertThat(JSON.readTree(api.get("/v1/strays/router~fd00::1~x").body()).get("name").asText())
          .isEqualTo("strays/router~fd00::1~x");
    }
  }

  @Test
  void healthIsToldPerServiceAndWatched() throws Exception {
    try (TestApi api = TestApi.open()) {
      HealthGrpc.HealthBlockingStub stub = HealthGrpc.newBlockingStub(api.channel());
      HealthCheckRequest notes =
          HealthCheckRequest.newBuilder().setService("serin.edgetest.v1.Notes").build();
      HealthCheckRequest bogus = HealthCheckRequest.newBuilder().setService("bogus").build();
      assertThat(stub.check(notes).getStatus()).isEqualTo(ServingStatus.SERVING);
      assertThatThrownBy(() -> stub.check(bogus)).hasMessageContaining("NOT_FOUND");
      assertThat(stub.watch(bogus).next().getStatus()).isEqualTo(ServingStatus.SERVICE_UNKNOWN);

      Iterator<HealthCheckResponse> watch = stub.watch(notes);
      assertThat(watch.next().getStatus()).isEqualTo(ServingStatus.SERVING);
      api.readiness = Readiness.waitingFor("the store");
      assertThat(watch.next().getStatus()).isEqualTo(ServingStatus.NOT_SERVING);
    }
  }
}

package dev.serin.server.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.serin.server.config.Endpoint;
import dev.serin.server.edge.testproto.GetNoteRequest;
import dev.serin.server.edge.testproto.Note;
import dev.serin.server.edge.testproto.NotesGrpc;
import dev.serin.server.edge.testproto.PinNoteRequest;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiListenerTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NOTE = "tenants/t/notes/n";

  @Test
  void oneMethodAnswersGrpcAndJsonAlike() throws Exception {
    try (TestApi api = TestApi.open()) {
      Note note =
          NotesGrpc.newBlockingStub(api.channel())
              .getNote(GetNoteRequest.newBuilder().setName(NOTE).build());
      HttpResponse<String> json = api.get("/v1/" + NOTE);

      assertThat(note.getName()).isEqualTo(NOTE);
      assertThat(json.statusCode()).isEqualTo(200);
      assertThat(json.headers().firstValue("content-type").orElse(""))
          .startsWith("application/json");
      JsonNode body = JSON.readTree(json.body());
      assertThat(body.get("name").asText()).isEqualTo(NOTE);
      assertThat(body.get("method").asText()).isEqualTo("GetNote");
      // Protobuf's JSON: 64-bit numbers are strings, for JavaScript would round this one.
      assertThat(body.get("sizeBytes").isTextual()).isTrue();
      assertThat(body.get("sizeBytes").asLong()).isEqualTo(note.getSizeBytes());
      assertThat(body.has("text")).isFalse();
    }
  }

  @Test
  void bodiesAndQueriesReachTheirFields() throws Exception {
    try (TestApi api = TestApi.open()) {
      JsonNode created =
          JSON.readTree(
              api.post("/v1/tenants/t/notes?noteId=fresh", "{\"text\": \"grün\"}").body());
      assertThat(created.get("name").asText()).isEqualTo("tenants/t/notes/fresh");
      assertThat(created.get("text").asText()).isEqualTo("grün");

      JsonNode pinned =
          JSON.readTree(
              api.post("/v1/" + NOTE + ":pin", "{\"weightPpm\": 50000, \"reason\": \"why not\"}")
                  .body());
      assertThat(pinned.get("method").asText()).isEqualTo("PinNote");
      assertThat(pinned.get("name").asText()).isEqualTo(NOTE);
      assertThat(pinned.get("text").asText()).isEqualTo("50000 why not");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /v1/tenants/t/notes/n:watch, NOT_FOUND",
    "GET, /v1/tenants/t/notes/n%3Awatch, NOT_FOUND",
    "GET, /v1/tenants/t/notes/n:pin, NOT_FOUND",
    "GET, /v1/tenants/t/notes/n:why:why, NOT_FOUND",
    "GET, /v1/tenants/t/shelves/n:why, NOT_FOUND",
    "GET, /v1/tenants/t/notes/n:why, ExplainNote",
    "GET, /v1/tenants/t/notes/n, GetNote",
    "GET, /v1/tenants/t/shelves/n, GetShelf",
    "POST, /v1/tenants/t/notes/n:pin, PinNote",
    "POST, /v1/tenants/t/notes/n:unpin, NOT_FOUND",
  })
  void aPathWithAVerbGoesToTheVerbAndNeverToGet(String method, String path, String answer)
      throws Exception {
    try (TestApi api = TestApi.open()) {
      HttpResponse<String> response = method.equals("GET") ? api.get(path) : api.post(path, "{}");
      JsonNode body = JSON.readTree(response.body());
      if (answer.equals("NOT_FOUND")) {
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(body.get("code").asInt()).isEqualTo(Status.Code.NOT_FOUND.value());
        assertThat(body.get("message").asText()).contains("no such verb");
      } else {
        assertThat(body.get("method").asText()).isEqualTo(answer);
        assertThat(body.get("name").asText()).endsWith("/n");
      }
    }
  }

  @Test
  void aBodyUnderANameOfTwoWordsMeetsTheNameFromThePath() throws Exception {
    try (TestApi api = TestApi.open()) {
      HttpRequest.Builder request =
          api.request("/v1/tenants/t/pins/p?updateMask=text")
              .header("content-type", "application/json");
      for (String body : List.of("{\"text\": \"x\"}", "{\"text\": \"x\", \"name\": \"other\"}")) {
        JsonNode answer =
            JSON.readTree(
                api.http()
                    .send(
                        request.method("PATCH", HttpRequest.BodyPublishers.ofString(body)).build(),
                        BodyHandlers.ofString())
                    .body());
        assertThat(answer.get("name").asText()).isEqualTo("tenants/t/pins/p");
        assertThat(answer.get("text").asText()).isEqualTo("x text");
      }
    }
  }

  @Test
  void anUnknownFieldIsNamed() throws Exception {
    try (TestApi api = TestApi.open()) {
      assertThat(api.post("/v1/" + NOTE + ":pin", "{\"wieght\": 1}").body()).contains("wieght");
    }
  }

  @Test
  void aGrpcWebClientIsAnswered() throws Exception {
    try (TestApi api = TestApi.open()) {
      byte[] message = GetNoteRequest.newBuilder().setName(NOTE).build().toByteArray();
      ByteBuffer frame = ByteBuffer.allocate(5 + message.length);
      frame.put((byte) 0).putInt(message.length).put(message);
      HttpResponse<byte[]> response =
          api.http()
              .send(
                  api.request("/serin.edgetest.v1.Notes/GetNote")
                      .header("content-type", "application/grpc-web+proto")
                      .POST(HttpRequest.BodyPublishers.ofByteArray(frame.array()))
                      .build(),
                  BodyHandlers.ofByteArray());

      ByteBuffer answer = ByteBuffer.wrap(response.body());
      assertThat(answer.get()).isZero();
      byte[] note = new byte[answer.getInt()];
      answer.get(note);
      assertThat(Note.parseFrom(note).getName()).isEqualTo(NOTE);
      assertThat(new String(response.body(), StandardCharsets.ISO_8859_1))
          .contains("grpc-status: 0");
    }
  }

  @Test
  void anErrorIsAStatusWithItsDetails() throws Exception {
    try (TestApi api = TestApi.open()) {
      HttpResponse<String> response = api.get("/v1/tenants/t/notes/missing");
      assertThat(response.statusCode()).isEqualTo(404);
      JsonNode body = JSON.readTree(response.body());
      assertThat(body.get("code").asInt()).isEqualTo(5);
      assertThat(body.get("message").asText()).isEqualTo("no such note");
      // Behind the reason, which every error has.
      JsonNode detail = body.get("details").get(1);
      assertThat(detail.get("@type").asText()).endsWith("google.rpc.BadRequest");
      assertThat(detail.get("fieldViolations").get(0).get("description").asText())
          .isEqualTo("gone");
    }
  }

  @Test
  void whatIsNoPathNoJsonOrNoFieldIsAStatusToo() throws Exception {
    try (TestApi api = TestApi.open()) {
      assertStatus(api.get("/v2/nothing"), 404, Status.Code.NOT_FOUND);
      assertStatus(api.post("/v1/" + NOTE + ":pin", "{"), 400, Status.Code.INVALID_ARGUMENT);
      assertStatus(
          api.post("/v1/" + NOTE + ":pin", "{\"wieght\": 1}"), 400, Status.Code.INVALID_ARGUMENT);
      assertStatus(
          api.post("/v1/" + NOTE + ":pin", "{\"weightPpm\": \"x\"}"),
          400,
          Status.Code.INVALID_ARGUMENT);
    }
  }

  @Test
  void aRequestTooLargeIsRefused() throws Exception {
    try (TestApi api = TestApi.open("--api.limits.maxRequestBytes=4KiB")) {
      String large = "{\"reason\": \"" + "x".repeat(8_000) + "\"}";
      assertStatus(api.post("/v1/" + NOTE + ":pin", large), 413, Status.Code.RESOURCE_EXHAUSTED);
      assertThatThrownBy(() ->
              NotesGrpc.newBlockingStub(api.channel())
                  .pinNote(PinNoteRequest.newBuilder().setReason(large).build()))
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessageContaining("RESOURCE_EXHAUSTED");
    }
  }

  @Test
  void readinessSaysWhatItWaitsFor() throws Exception {
    try (TestApi api = TestApi.open()) {
      assertThat(api.get("/readyz").body()).isEqualTo("{\"ready\":true,\"reasons\":[]}");
      api.readiness = Readiness.waitingFor("the store is being replayed", "no \"snapshot\" yet");

      HttpResponse<String> response = api.get("/readyz");
      assertThat(response.statusCode()).isEqualTo(503);
      assertThat(JSON.readTree(response.body()).get("reasons").get(1).asText())
          .isEqualTo("no \"snapshot\" yet");
      assertThat(api.get("/healthz").statusCode()).isEqualTo(200);
      assertThat(health(api)).isEqualTo(ServingStatus.NOT_SERVING);
    }
  }

  @Test
  void everyMeterHasHelp() throws Exception {
    try (TestApi api = TestApi.open()) {
      HttpResponse<String> response = api.get("/metrics");
      assertThat(response.headers().firstValue("content-type").orElse("")).startsWith("text/plain");
      String text = response.body();
      assertThat(text.lines().filter(l -> l.startsWith("# TYPE "))).isNotEmpty();
      assertThat(
              text.lines()
                  .filter(l -> l.startsWith("# TYPE "))
                  .map(l -> l.replaceFirst("# TYPE (\\S+) .*", "$1")))
          .allSatisfy(name -> assertThat(text).containsPattern("# HELP " + name + " \\S"));
    }
  }

  @Test
  void metricsMayHaveAListenerOfTheirOwn() throws Exception {
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    metrics.counter("moved.here").increment();
    try (MetricsListener listener = new MetricsListener(new Endpoint("127.0.0.1", 0), metrics);
        HttpClient http = HttpClient.newHttpClient()) {
      listener.start();
      URI uri = URI.create("http://127.0.0.1:" + listener.port() + "/metrics");
      assertThat(http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body())
          .contains("moved_here_total 1");
    }
  }

  /** The two versions have the same messages under other names. */
  @ParameterizedTest
  @ValueSource(strings = {"v1", "v1alpha"})
  void reflectionNamesTheServicesAndTheirFiles(String version) throws Exception {
    try (TestApi api = TestApi.open()) {
      var method =
          ServerReflectionGrpc.getServerReflectionInfoMethod().toBuilder()
              .setFullMethodName(
                  "grpc.reflection." + version + ".ServerReflection/ServerReflectionInfo")
              .build();
      assertThat(
              ask(api, method, ServerReflectionRequest.newBuilder().setListServices(""))
                  .getListServicesResponse()
                  .getServiceList()
                  .stream()
                  .map(s -> s.getName()))
          .contains(
              "serin.edgetest.v1.Notes",
              "grpc.health.v1.Health",
              "grpc.reflection.v1.ServerReflection",
              "grpc.reflection.v1alpha.ServerReflection");
      assertThat(
              ask(
                      api,
                      method,
                      ServerReflectionRequest.newBuilder()
                          .setFileContainingSymbol("serin.edgetest.v1.Notes"))
                  .getFileDescriptorResponse()
                  .getFileDescriptorProtoCount())
          .isPositive();
    }
  }

  private static ServerReflectionResponse ask(
      TestApi api,
      MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> method,
      ServerReflectionRequest.Builder question)
      throws Exception {
    CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> asking =
        ClientCalls.asyncBidiStreamingCall(
            api.channel().newCall(method, CallOptions.DEFAULT), first(answer));
    asking.onNext(question.build());
    ServerReflectionResponse response = answer.get(10, TimeUnit.SECONDS);
    asking.onCompleted();
    return response;
  }

  @Test
  void oneStreamTooManyIsRefusedAndTheNextAfterItsEndIsNot() throws Exception {
    try (TestApi api = TestApi.open("--api.limits.maxWatches=1")) {
      NotesGrpc.NotesBlockingStub stub = NotesGrpc.newBlockingStub(api.channel());
      GetNoteRequest request = GetNoteRequest.newBuilder().setName(NOTE).build();
      Iterator<Note> first = stub.watchNotes(request);
      assertThat(first.next().getName()).isEqualTo(NOTE);

      Iterator<Note> second = stub.watchNotes(request);
      assertThatThrownBy(second::hasNext).hasMessageContaining("RESOURCE_EXHAUSTED");
      // Calls that are no streams have slots of their own.
      assertThat(stub.getNote(request).getName()).isEqualTo(NOTE);

      api.notes.watchers.take().onCompleted();
      assertThat(first.hasNext()).isFalse();
      assertThat(stub.watchNotes(request).next().getName()).isEqualTo(NOTE);
    }
  }

  @Test
  void anAddressInUseIsToldWithItsKey() throws Exception {
    try (TestApi api = TestApi.open()) {
      assertThatThrownBy(() -> TestApi.open("--api.listen=127.0.0.1:" + api.listener.port()))
          .hasMessageContaining("api.listen: cannot bind 127.0.0.1:" + api.listener.port());
    }
  }

  static ServingStatus health(TestApi api) {
    return HealthGrpc.newBlockingStub(api.channel())
        .check(HealthCheckRequest.getDefaultInstance())
        .getStatus();
  }

  static void assertStatus(HttpResponse<String> response, int http, Status.Code code)
      throws Exception {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(http);
    JsonNode body = JSON.readTree(response.body());
    assertThat(body.get("code").asInt()).as(response.body()).isEqualTo(code.value());
    assertThat(body.get("message").asText()).isNotEmpty();
  }

  static <T> StreamObserver<T> first(CompletableFuture<T> answer) {
    return new StreamObserver<>() {
      @Override
      public void onNext(T value) {
        answer.complete(value);
      }

      @Override
      public void onError(Throwable error) {
        answer.completeExceptionally(error);
      }

      @Override
      public void onCompleted() {
        answer.completeExceptionally(new IllegalStateException("ended without an answer"));
      }
    };
  }
}

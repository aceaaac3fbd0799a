package dev.serin.server.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.serin.server.edge.testproto.GetNoteRequest;
import dev.serin.server.edge.testproto.Note;
import dev.serin.server.edge.testproto.NotesGrpc;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.stub.MetadataUtils;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Who may call, and from where. */
class ApiAccessTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NOTE = "tenants/t/notes/n";

  @Test
  void aTokenIsAskedForByEveryProtocol() throws Exception {
    try (TestApi api = TestApi.withTokens()) {
      ApiListenerTest.assertStatus(api.get("/v1/" + NOTE), 401, Status.Code.UNAUTHENTICATED);
      ApiListenerTest.assertStatus(
          api.get("/v1/" + NOTE, "authorization", "Bearer 0123456789abcdeX"),
          401,
          Status.Code.UNAUTHENTICATED);
      ApiListenerTest.assertStatus(
          api.get("/v1/" + NOTE, "authorization", "Basic 0123456789abcdef"),
          401,
          Status.Code.UNAUTHENTICATED);
      assertThatThrownBy(() ->
              NotesGrpc.newBlockingStub(api.channel()).getNote(GetNoteRequest.getDefaultInstance()))
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessageContaining("UNAUTHENTICATED");
      assertThat(api.metrics.scrape())
          .contains("serin_edge_refused_total{listener=\"api\",reason=\"token\"} 4");
    }
  }

  @Test
  void theTokensActorIsSeenByGrpcAndJsonAndAClaimIsNot() throws Exception {
    try (TestApi api = TestApi.withTokens()) {
      HttpResponse<String> json =
          api.get(
              "/v1/" + NOTE, "authorization", "Bearer fedcba9876543210", "x-serin-actor", "Eve");
      assertThat(JSON.readTree(json.body()).get("actor").asText()).isEqualTo("Bob");
      Note note =
          NotesGrpc.newBlockingStub(api.channel())
              .withInterceptors(header("authorization", "bearer 0123456789abcdef"))
              .getNote(GetNoteRequest.newBuilder().setName(NOTE).build());
      assertThat(note.getActor()).isEqualTo("Ann");
    }
  }

  @Test
  void probesAndMetricsNeedNoToken() throws Exception {
    try (TestApi api = TestApi.withTokens()) {
      assertThat(api.get("/healthz").statusCode()).isEqualTo(200);
      assertThat(api.get("/readyz").statusCode()).isEqualTo(200);
      assertThat(api.get("/metrics").statusCode()).isEqualTo(200);
      assertThat(ApiListenerTest.health(api)).isEqualTo(ServingStatus.SERVING);
    }
  }

  @Test
  void withoutTokensACallersWordForItsNameIsTakenOnLoopback() throws Exception {
    try (TestApi api = TestApi.open()) {
      assertThat(actor(api)).isEqualTo("anonymous");
      assertThat(actor(api, "x-serin-actor", "Ann Smith <ann@example>"))
          .isEqualTo("Ann Smith <ann@example>");
      Note note =
          NotesGrpc.newBlockingStub(api.channel())
              .withInterceptors(header("x-serin-actor", "Ann"))
              .getNote(GetNoteRequest.newBuilder().setName(NOTE).build());
      assertThat(note.getActor()).isEqualTo("Ann");
      ApiListenerTest.assertStatus(
          api.get("/v1/" + NOTE, "x-serin-actor", "x".repeat(129)),
          400,
          Status.Code.INVALID_ARGUMENT);
    }
    try (TestApi api = TestApi.open("--api.listen=0.0.0.0:0", "--api.insecure")) {
      assertThat(actor(api, "x-serin-actor", "Ann")).isEqualTo("anonymous");
    }
  }

  @Test
  void aPageOfAnotherOriginIsTurnedAway() throws Exception {
    try (TestApi api = TestApi.open()) {
      String own = "http://127.0.0.1:" + api.listener.port();
      assertThat(api.get("/v1/" + NOTE, "origin", own).statusCode()).isEqualTo(200);
      ApiListenerTest.assertStatus(
          api.get("/v1/" + NOTE, "origin", "http://evil.example"),
          403,
          Status.Code.PERMISSION_DENIED);
      ApiListenerTest.assertStatus(
          api.get("/v1/" + NOTE, "origin", "null"), 403, Status.Code.PERMISSION_DENIED);
    }
  }

  @Test
  void aNameThatWasMadeToResolveToLoopbackIsTurnedAway() throws Exception {
    try (TestApi api = TestApi.open()) {
      assertThat(statusLine(api, "evil.example:" + api.listener.port())).contains(" 403 ");
      assertThat(statusLine(api, "localhost:" + api.listener.port())).contains(" 200 ");
      assertThat(statusLine(api, "[::1]:" + api.listener.port())).contains(" 200 ");
    }
  }

  /** The JDK's client lets nobody set the host: hence by hand. */
  private static String statusLine(TestApi api, String host) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.listener.port())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("GET /v1/" + NOTE + " HTTP/1.1\r\nhost: " + host + "\r\nconnection: close\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      out.flush();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().findFirst().orElse("");
    }
  }

  private static String actor(TestApi api, String... headers) throws Exception {
    return JSON.readTree(api.get("/v1/" + NOTE, headers).body()).get("actor").asText();
  }

  private static io.grpc.ClientInterceptor header(String name, String value) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
    return MetadataUtils.newAttachHeadersInterceptor(headers);
  }
}

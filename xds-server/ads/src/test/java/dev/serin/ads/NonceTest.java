package dev.serin.ads;

import static dev.serin.ads.Bodies.endpoints;
import static dev.serin.ads.Bodies.mesh;
import static dev.serin.ads.Bodies.route;
import static dev.serin.ads.Bodies.snapshot;
import static dev.serin.mesh.TypeUrls.CLUSTER;
import static dev.serin.mesh.TypeUrls.ENDPOINTS;
import static dev.serin.mesh.TypeUrls.ROUTES;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Status;
import dev.serin.ads.TestClient.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which answer belongs to which response, in both variants. */
class NonceTest extends Conversation {
  // "Basic protocol overview": each response has a nonce. "ACK/NACK and resource type instance
  // version": each type has a version, which changes when one of its resources does.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyResponseHasItsOwnNonceAndItsTypesVersion(boolean incremental) {
    harness.publish(mesh("1", "a"));
    TestClient client = connect(incremental);
    client.ask(CLUSTER).ask(ENDPOINTS, "a").ask(ROUTES, "r");
    Response clusters = client.takeAndAck(CLUSTER);
    Response sets = client.takeAndAck(ENDPOINTS);
    Response routes = client.takeAndAck(ROUTES);
    harness.publish(mesh("2", "a"));
    Response changed = client.takeAndAck(ROUTES);
    assertThat(List.of(clusters.nonce(), sets.nonce(), routes.nonce(), changed.nonce()))
        .doesNotHaveDuplicates()
        .doesNotContain("");
    assertThat(changed.version()).isNotEqualTo(routes.version()).isNotEmpty();
    client.expectNothing();
  }

  // "Resource updates": not every request is answered by a response.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void repeatedAnswerSaysNothingMore(boolean incremental) {
    harness.publish(mesh("1", "a"));
    TestClient client = connect(incremental);
    client.ask(ROUTES, "r");
    Response first = client.takeAndAck(ROUTES);
    client.ack(first);
    client.ack(first);
    client.expectNothing();
    assertThat(harness.events).containsExactly("joined n1", "acked n1 r");
  }

  // "ACK and NACK semantics summary": each response is answered once.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nackAfterTheAckSaysNothing(boolean incremental) {
    harness.publish(mesh("1", "a"));
    TestClient client = connect(incremental);
    client.ask(ROUTES, "r");
    client.nack(client.takeAndAck(ROUTES), "on second thoughts");
    client.expectNothing();
    assertThat(harness.proxy("n1").resource(ROUTES, "r").acked(route("r", "1", "a").version()))
        .isTrue();
    assertThat(harness.proxy("n1").resource(ROUTES, "r").nack()).isEmpty();
  }

  // The same section: error_detail makes a NACK, and no comparison of versions does.
  @Test
  void errorMakesTheNackAndNotTheVersion() {
    harness.publish(snapshot(endpoints("a", "1")));
    TestClient client = connect(false);
    client.ask(ENDPOINTS, "a");
    Response first = client.take(ENDPOINTS);
    client.sendFull(b ->
        b.setTypeUrl(ENDPOINTS)
            .setResponseNonce(first.nonce())
            .setVersionInfo("of an earlier life")
            .addResourceNames("a"));
    assertThat(harness.events).endsWith("acked n1 a");
    harness.publish(snapshot(endpoints("a", "2")));
    Response second = client.take(ENDPOINTS);
    client.sendFull(b ->
        b.setTypeUrl(ENDPOINTS)
            .setResponseNonce(second.nonce())
            .setVersionInfo(second.version())
            .setErrorDetail(Status.newBuilder().setMessage("no"))
            .addResourceNames("a"));
    assertThat(harness.events).endsWith("nacked n1 a: no");
    client.expectNothing();
  }

  // "Resource updates": new names may cross a response. They bear the nonce of the one before, so
  // they are no answer to it, and the client repeats them with its answer.
  @Test
  void namesThatCrossAResponseAreTakenFromItsAnswer() {
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "1")));
    TestClient client = connect(false);
    client.ask(ENDPOINTS, "a");
    Response first = client.takeAndAck(ENDPOINTS);
    harness.publish(snapshot(endpoints("a", "2"), endpoints("b", "1")));
    Response second = client.take(ENDPOINTS);
    client.sendFull(b ->
        b.setTypeUrl(ENDPOINTS)
            .setResponseNonce(first.nonce())
            .setVersionInfo(first.version())
            .addAllResourceNames(List.of("a", "b")));
    client.expectNothing();
    assertThat(harness.proxy("n1").resource(ENDPOINTS, "a").nack()).isEmpty();
    client.sendFull(b ->
        b.setTypeUrl(ENDPOINTS)
            .setResponseNonce(second.nonce())
            .setVersionInfo(second.version())
            .addAllResourceNames(List.of("a", "b")));
    assertThat(client.takeAndAck(ENDPOINTS).names()).containsExactly("b");
  }

  // "Resource updates" and "Incremental xDS": an ACK or a NACK may ask for more.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void answerMayAskForMore(boolean incremental) {
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "1"), endpoints("c", "1")));
    TestClient client = connect(incremental);
    client.ask(ENDPOINTS, "a");
    answerAndAsk(client, incremental, client.take(ENDPOINTS), null, "a", "b");
    Response second = client.take(ENDPOINTS);
    assertThat(second.names()).contains("b");
    answerAndAsk(client, incremental, second, "no", "a", "b", "c");
    assertThat(client.take(ENDPOINTS).names()).contains("c");
    assertThat(harness.events).contains("acked n1 a", "nacked n1 b: no");
  }

  private static void answerAndAsk(
      TestClient client,
      boolean incremental,
      Response response,
      @Nullable String error,
      String... names) {
    Status status = Status.newBuilder().setMessage(error == null ? "" : error).build();
    if (incremental) {
      client.sendDelta(b -> {
        b.setTypeUrl(ENDPOINTS)
            .setResponseNonce(response.nonce())
            .addResourceNamesSubscribe(names[names.length - 1]);
        return error == null ? b : b.setErrorDetail(status);
      });
    } else {
      client.sendFull(b -> {
        b.setTypeUrl(ENDPOINTS)
            .setResponseNonce(response.nonce())
            .addAllResourceNames(List.of(names));
        return error == null ? b : b.setErrorDetail(status);
      });
    }
  }

  // "Aggregated Discovery Service": the requests and responses of each type are a sequence of
  // their own.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nonceOfOneTypeSaysNothingOfAnother(boolean incremental) {
    harness.publish(mesh("1", "a"));
    TestClient client = connect(incremental);
    client.ask(CLUSTER).ask(ENDPOINTS, "a");
    Response clusters = client.take(CLUSTER);
    Response sets = client.take(ENDPOINTS);
    if (incremental) {
      client.sendDelta(b -> b.setTypeUrl(ENDPOINTS).setResponseNonce(clusters.nonce()));
    } else {
      client.sendFull(
          b -> b.setTypeUrl(ENDPOINTS).setResponseNonce(clusters.nonce()).addResourceNames("a"));
    }
    assertThat(harness.events).containsExactly("joined n1");
    client.ack(sets);
    client.ack(clusters);
    assertThat(harness.events).contains("acked n1 a", "acked n1 b");
  }
}

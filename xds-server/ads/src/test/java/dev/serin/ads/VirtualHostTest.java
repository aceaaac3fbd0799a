package dev.serin.ads;

import static dev.serin.ads.Bodies.snapshot;
import static dev.serin.mesh.TypeUrls.VIRTUAL_HOST;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Any;
import dev.serin.ads.TestClient.Response;
import dev.serin.mesh.Resource;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Virtual hosts, which an Envoy asks for when a host is first asked of it: under the name of the
 * RouteConfiguration, a slash and that host, which may be an alias of the resource. Resources of
 * every type may have aliases, nobody else uses them.
 */
class VirtualHostTest {
  private final Harness harness = new Harness();
  private TestClient client = new TestClient(harness, true, "n1");

  @BeforeEach
  void connect() {
    client.close();
    client = TestClient.ofOneType(harness, true, "n1", VIRTUAL_HOST);
  }

  @AfterEach
  void close() {
    harness.close();
  }

  private static Resource host(String mark, String name, String... aliases) {
    VirtualHost host = VirtualHost.newBuilder().setName(mark).addDomains("shop.example").build();
    return Resource.of(VIRTUAL_HOST, name, host.toByteString()).withAliases(List.of(aliases));
  }

  // Envoy's first request names nothing, and its initialisation waits for the answer.
  @Test
  void firstRequestThatNamesNothingIsAnsweredThoughThereIsNothing() {
    harness.publish(snapshot());
    client.ask(VIRTUAL_HOST);
    assertThat(client.takeAndAck(VIRTUAL_HOST).names()).isEmpty();
    client.expectNothing();
  }

  // "Incremental xDS": a client may ask for more when it turns out to need it.
  @Test
  void hostIsSentWhenItIsAskedFor() {
    harness.publish(snapshot(host("1", "r/shop.example"), host("1", "r/cart.example")));
    client.ask(VIRTUAL_HOST, "r/shop.example");
    assertThat(client.takeAndAck(VIRTUAL_HOST).names()).containsExactly("r/shop.example");
    client.ask(VIRTUAL_HOST, "r/cart.example");
    assertThat(client.takeAndAck(VIRTUAL_HOST).names()).containsExactly("r/cart.example");
    client.expectNothing();
  }

  // Envoy resumes the request that it paused when the name comes as a resource, with a body or
  // without; of names in removed_resources that request hears nothing.
  @Test
  void hostThatDoesNotExistComesAsAResourceWithoutABody() {
    harness.publish(snapshot(host("1", "r/shop.example")));
    client.ask(VIRTUAL_HOST, "r/nobody.example");
    Response answer = client.takeAndAck(VIRTUAL_HOST);
    assertThat(answer.resources()).containsEntry("r/nobody.example", Any.getDefaultInstance());
    assertThat(answer.aliases())
        .containsEntry("r/nobody.example", ImmutableList.of("r/nobody.example"));
    assertThat(answer.removed()).isEmpty();
    client.expectNothing();
    harness.publish(snapshot(host("1", "r/shop.example"), host("1", "r/nobody.example")));
    assertThat(client.takeAndAck(VIRTUAL_HOST).resources())
        .containsEntry("r/nobody.example", host("1", "r/nobody.example").body());
    client.expectNothing();
  }

  @Test
  void hostThatIsAskedForAgainIsAnsweredAgainWhetherItExistsOrNot() {
    harness.publish(snapshot(host("1", "r/shop.example")));
    client.ask(VIRTUAL_HOST, "r/shop.example", "r/nobody.example");
    client.takeAndAck(VIRTUAL_HOST);
    client.ask(VIRTUAL_HOST, "r/shop.example", "r/nobody.example");
    assertThat(client.takeAndAck(VIRTUAL_HOST).names())
        .containsExactlyInAnyOrder("r/shop.example", "r/nobody.example");
    client.expectNothing();
  }

  // "Resource names" and "Subscribing to resources" of the incremental protocol: a name asked for
  // may be an alias, and the resource says which it has.
  @Test
  void hostIsFoundByItsAlias() {
    harness.publish(snapshot(host("1", "r/shop", "r/shop.example", "r/www.shop.example")));
    client.ask(VIRTUAL_HOST, "r/www.shop.example");
    Response answer = client.takeAndAck(VIRTUAL_HOST);
    assertThat(answer.names()).containsExactly("r/shop");
    assertThat(answer.aliases())
        .containsEntry("r/shop", ImmutableList.of("r/shop.example", "r/www.shop.example"));
    client.expectNothing();
    client.ask(VIRTUAL_HOST, "r/shop.example");
    assertThat(client.takeAndAck(VIRTUAL_HOST).names()).containsExactly("r/shop");
    client.expectNothing();
    harness.publish(snapshot(host("2", "r/shop", "r/shop.example", "r/www.shop.example")));
    assertThat(client.takeAndAck(VIRTUAL_HOST).names()).containsExactly("r/shop");
    assertThat(harness.events).endsWith("acked n1 r/shop");
  }

  @Test
  void aliasMayComeIntoBeingLaterAndGoWithItsResource() {
    harness.publish(snapshot(host("1", "r/other")));
    client.ask(VIRTUAL_HOST, "r/shop.example");
    assertThat(client.takeAndAck(VIRTUAL_HOST).names()).containsExactly("r/shop.example");
    harness.publish(snapshot(host("1", "r/other"), host("1", "r/shop", "r/shop.example")));
    assertThat(client.takeAndAck(VIRTUAL_HOST).names()).containsExactly("r/shop");
    harness.publish(snapshot(host("1", "r/other")));
    assertThat(client.takeAndAck(VIRTUAL_HOST).removed()).containsExactly("r/shop");
    client.ask(VIRTUAL_HOST, "r/shop.example");
    assertThat(client.takeAndAck(VIRTUAL_HOST).names()).containsExactly("r/shop.example");
    client.expectNothing();
  }

  // "Unsubscribing from resources" of the incremental protocol: aliases can be given up as well.
  @Test
  void aliasThatIsGivenUpTakesItsResourceAlong() {
    harness.publish(snapshot(host("1", "r/shop", "r/shop.example")));
    client.ask(VIRTUAL_HOST, "r/shop.example");
    client.takeAndAck(VIRTUAL_HOST);
    client.drop(VIRTUAL_HOST, "r/shop.example");
    harness.publish(snapshot(host("2", "r/shop", "r/shop.example")));
    client.expectNothing();
    client.ask(VIRTUAL_HOST, "r/shop.example");
    assertThat(client.takeAndAck(VIRTUAL_HOST).names()).containsExactly("r/shop");
  }

  @Test
  void aliasUnderAWildcardBringsTheResourceOnce() {
    harness.publish(snapshot(host("1", "r/shop", "r/shop.example")));
    client.ask(VIRTUAL_HOST);
    assertThat(client.takeAndAck(VIRTUAL_HOST).names()).containsExactly("r/shop");
    client.ask(VIRTUAL_HOST, "r/shop.example");
    assertThat(client.takeAndAck(VIRTUAL_HOST).names()).containsExactly("r/shop");
    client.expectNothing();
  }
}

package dev.serin.e2e.features;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.Outcome;
import dev.serin.e2e.traffic.Upstream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cohorts by what a listener of the base verifies: claims of tokens, and the caller's identity. */
@RequireEnvoy
class TokenCohortsTest {
  private static final String NODE = "a-1";
  private static final int EACH = 60;
  private static final String WEB = "spiffe://cluster.local/ns/shop/sa/web";

  private static final String POLICY =
      """
      sticky: none
      cohorts:
        gold: {any: [{claim: {path: tier, exact: gold}}]}
        pilots: {any: [{claim: {path: groups, anyElement: true, exact: pilots}}]}
        deep: {any: [{claim: {path: [account, plan], prefix: pro-}}]}
        grown-up: {any: [{claim: {path: age, range: {from: 18, to: 200}}}]}
        not-free: {any: [{claim: {path: price, exact: free, not: true}}]}
        stranger:
          all:
            - {header: {name: x-case, exact: stranger}}
            - {claim: {path: tier, exact: bronze, not: true, orAbsent: true}}
        from-web: {any: [{caller: spiffe://cluster.local/ns/shop/sa/web}]}
      steps:
        - cohorts:
            {gold: 100%, pilots: 100%, deep: 100%, grown-up: 100%, not-free: 100%,
             stranger: 100%, from-web: 100%}
          bake: 1h
        - {weight: 100%, bake: 1h}
      analysis: off
      """;

  @Test
  void claimsCountOnlyWhereTheTokenIsVerified(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    KeyPair issuer = rsa();
    KeyPair forger = rsa();
    Path base = Files.createDirectory(folder.resolve("base"));
    try (Upstream v1 = BaseMesh.version("v1", 1);
        Upstream v2 = BaseMesh.version("v2", 2)) {
      String resources =
          FilesBaseTest.cluster("shop-v1", v1.port())
              + "---\n"
              + FilesBaseTest.cluster("shop-v2", v2.port())
              + "---\n"
              + listener((RSAPublicKey) issuer.getPublic());
      FilesBaseTest.replace(base, "base.yaml", resources);
      try (BaseMesh mesh = new BaseMesh(runner, folder, "services, files " + base)) {
        var unused = mesh.join(ProxySpec.THREE.get(0));
        mesh.awaitServing(NODE);
        String gold = token(issuer.getPrivate(), "{\"tier\": \"gold\"}");
        assertThat(with(mesh, gold)).containsOnly("v1");
        mesh.release(POLICY);
        Await.until(
            "the cohort's own answer",
            TestMesh.PATIENCE,
            () -> with(mesh, gold),
            versions -> versions.stream().allMatch("v2"::equals));

        claims(mesh, issuer.getPrivate());
        long before = v2.requests();
        assertThat(with(mesh, token(forger.getPrivate(), "{\"tier\": \"gold\"}")))
            .containsOnly("v1");
        assertThat(with(mesh, tampered(token(issuer.getPrivate(), "{\"tier\": \"blue\"}"))))
            .containsOnly("v1");
        assertThat(with(mesh, unsigned("{\"tier\": \"gold\"}"))).containsOnly("v1");
        assertThat(with(mesh, token(issuer.getPrivate(), "{\"tier\": \"gold\", \"exp\": 1000}")))
            .containsOnly("v1");
        assertThat(versions(mesh, ImmutableMap.of())).containsOnly("v1");
        assertThat(versions(mesh, ImmutableMap.of("tier", "gold"))).containsOnly("v1");
        assertThat(v2.requests()).isEqualTo(before);
        callers(mesh);

        // Envoy would choose the route before it has verified the token, and not again.
        FilesBaseTest.replace(
            base,
            "base.yaml",
            ProxySpec.replace(resources, "clear_route_cache: true", "clear_route_cache: false"));
        Await.until(
            "refusal of the claims",
            TestMesh.PATIENCE,
            () -> mesh.api().diff(NODE, "1").getRefusalsList().toString(),
            refusals ->
                refusals.contains(
                    "cohort gold: a claim: payloads under [] (expected: a provider with"
                        + " payload_in_metadata jwt_payload and clear_route_cache in the"
                        + " listeners of these routes)"));
      }
    }
  }

  private static void claims(BaseMesh mesh, PrivateKey key) throws Exception {
    for (String inside :
        List.of(
            "{\"groups\": [\"staff\", \"pilots\"]}",
            "{\"account\": {\"plan\": \"pro-1\"}}",
            "{\"age\": 18}",
            "{\"age\": 199.5}",
            "{\"price\": \"paid\"}")) {
      assertThat(with(mesh, token(key, inside))).as(inside).containsOnly("v2");
    }
    for (String outside :
        List.of(
            "{\"tier\": \"Gold\"}",
            "{\"tier\": [\"gold\"]}",
            "{\"groups\": [\"staff\"]}",
            "{\"groups\": \"pilots\"}",
            "{\"account\": {\"plan\": \"basic\"}}",
            "{\"account\": \"pro-1\"}",
            "{\"age\": 17}",
            "{\"age\": 200}",
            "{\"age\": \"18\"}",
            "{\"price\": \"free\"}",
            "{}")) {
      assertThat(with(mesh, token(key, outside))).as(outside).containsOnly("v1");
    }
    ImmutableMap<String, String> stranger = ImmutableMap.of("x-case", "stranger");
    assertThat(versions(mesh, stranger)).containsOnly("v2");
    String bronze = token(key, "{\"tier\": \"bronze\"}");
    assertThat(
            versions(
                mesh, ImmutableMap.of("x-case", "stranger", "authorization", "Bearer " + bronze)))
        .containsOnly("v1");
  }

  private static void callers(BaseMesh mesh) throws Exception {
    String before = "By=spiffe://cluster.local/ns/shop/sa/checkout;Hash=0123;";
    for (String inside :
        List.of(
            before + "URI=" + WEB,
            before + "URI=" + WEB + ";DNS=web.shop",
            before + "URI=" + WEB + "," + before + "URI=spiffe://cluster.local/ns/shop/sa/b")) {
      assertThat(versions(mesh, ImmutableMap.of("x-forwarded-client-cert", inside)))
          .as(inside)
          .containsOnly("v2");
    }
    for (String outside :
        List.of(
            before + "URI=" + WEB + "2",
            before + "URI=" + WEB + "2;DNS=web.shop",
            "By=" + WEB + ";Hash=0123;URI=spiffe://cluster.local/ns/shop/sa/b")) {
      assertThat(versions(mesh, ImmutableMap.of("x-forwarded-client-cert", outside)))
          .as(outside)
          .containsOnly("v1");
    }
  }

  private static List<String> with(BaseMesh mesh, String token) throws InterruptedException {
    return versions(mesh, ImmutableMap.of("authorization", "Bearer " + token));
  }

  private static List<String> versions(BaseMesh mesh, ImmutableMap<String, String> headers)
      throws InterruptedException {
    List<Outcome> outcomes = mesh.send(NODE, EACH, headers);
    assertThat(outcomes).allMatch(outcome -> outcome.status() == 200);
    return outcomes.stream().map(Outcome::version).toList();
  }

  private static KeyPair rsa() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    return generator.generateKeyPair();
  }

  /** A token by RFC 7515, section 3.1, with RS256; its claims and the issuer's name. */
  private static String token(PrivateKey key, String claims) throws GeneralSecurityException {
    String signed = encoded("{\"alg\": \"RS256\", \"kid\": \"k\"}") + "." + payload(claims);
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(key);
    signature.update(signed.getBytes(UTF_8));
    return signed + "." + encoded(signature.sign());
  }

  /** Another payload under the same signature. */
  private static String tampered(String token) {
    return token.substring(0, token.indexOf('.') + 1)
        + payload("{\"tier\": \"gold\"}")
        + token.substring(token.lastIndexOf('.'));
  }

  private static String unsigned(String claims) {
    return encoded("{\"alg\": \"none\"}") + "." + payload(claims) + ".";
  }

  private static String payload(String claims) {
    String more = claims.equals("{}") ? "" : ", " + claims.substring(1, claims.length() - 1);
    return encoded("{\"iss\": \"https://issuer.example\", \"sub\": \"user-1\"" + more + "}");
  }

  private static String encoded(String text) {
    return encoded(text.getBytes(UTF_8));
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static String encoded(BigInteger number) {
    byte[] bytes = number.toByteArray();
    int sign = bytes[0] == 0 ? 1 : 0;
    return encoded(java.util.Arrays.copyOfRange(bytes, sign, bytes.length));
  }

  /** Verifies a token where there is one, lets everybody pass, and takes certificates on trust. */
  private static String listener(RSAPublicKey key) {
    return """
    "@type": type.googleapis.com/envoy.config.listener.v3.Listener
    name: edge
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
      - filters:
          - name: envoy.filters.network.http_connection_manager
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
              stat_prefix: edge
              forward_client_cert_details: ALWAYS_FORWARD_ONLY
              route_config:
                name: edge-routes
                virtual_hosts:
                  - name: all
                    domains: ["*"]
                    routes: [{match: {prefix: /}, route: {cluster: shop-v1}}]
              http_filters:
                - name: tokens
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication
                    providers:
                      issuer:
                        issuer: https://issuer.example
                        forward: true
                        payload_in_metadata: jwt_payload
                        clear_route_cache: true
                        local_jwks:
                          inline_string: '{"keys": [{"kty": "RSA", "alg": "RS256", "kid": "k", "n": "%s", "e": "%s"}]}'
                    rules:
                      - match: {prefix: /}
                        requires:
                          requires_any:
                            requirements: [{provider_name: issuer}, {allow_missing_or_failed: {}}]
                - name: envoy.filters.http.router
                  typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
    """
        .formatted(encoded(key.getModulus()), encoded(key.getPublicExponent()));
  }
}

package dev.serin.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.serin.server.config.ServerConfig.BaseSource;
import dev.serin.server.config.ServerConfig.ClusterOf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {

  private static final Map<String, String> HOME = Map.of("HOME", "/home/ann");

  @TempDir Path folder;

  @Test
  void nothingGivenServesALaptop() {
    ServerConfig config = loaded(ConfigLoader.load(Optional.empty(), HOME, List.of()));

    assertThat(config.xds().listen()).isEqualTo(new Endpoint("127.0.0.1", 18000));
    assertThat(config.api().listen()).isEqualTo(new Endpoint("127.0.0.1", 18001));
    assertThat(config.xds().tls()).isEmpty();
    assertThat(config.api().tokens()).isEmpty();
    assertThat(config.metrics().listen()).isEmpty();
    assertThat(config.xds().limits().messages().maxBytes()).isEqualTo(4 << 20);
    assertThat(config.xds().limits().lifetimes().maxAge()).isEqualTo(Duration.ofMinutes(30));
    assertThat(config.store())
        .isEqualTo(new ServerConfig.Store.Sqlite(Path.of("/home/ann/.local/state/serin/serin.db")));
    assertThat(config.mesh().clusterOf())
        .containsExactly(
            new ClusterOf.Metadata("CLUSTER_ID"),
            new ClusterOf.Region(),
            new ClusterOf.Named("default"));
    assertThat(config.mesh().base()).containsExactly(new BaseSource.Services());
  }

  @Test
  void anAbsoluteStateFolderIsHonouredAndARelativeOneIgnored() {
    assertThat(storePath(Map.of("XDG_STATE_HOME", "/var/state", "HOME", "/h")))
        .isEqualTo("/var/state/serin/serin.db");
    assertThat(storePath(Map.of("XDG_STATE_HOME", "state", "HOME", "/h")))
        .isEqualTo("/h/.local/state/serin/serin.db");
  }

  @Test
  void aFileSetsWhatItNamesAndEmptyKeysLeaveTheDefault() throws IOException {
    ServerConfig config =
        loaded(
            fromFile(
                """
                xds: {listen: "[::1]:0", tls: {cert: , key: , clientCa: }, limits: {keepAlive: 45s}}
                api: {listen: 127.0.0.1:0, tls: {}, auth: {tokens: , oidc: , mtls: }}
                metrics: {listen: localhost:9100}
                store: {sqlite: {path: /tmp/x.db}}
                mesh:
                  clusterOf: [metadata SITE, locality.zone, edge]
                  base:
                    - services: {}
                """));

    assertThat(config.xds().listen()).isEqualTo(new Endpoint("::1", 0));
    assertThat(config.xds().limits().lifetimes().keepAlive()).isEqualTo(Duration.ofSeconds(45));
    assertThat(config.api().listen().port()).isZero();
    assertThat(config.metrics().listen()).contains(new Endpoint("localhost", 9100));
    assertThat(config.store()).isEqualTo(new ServerConfig.Store.Sqlite(Path.of("/tmp/x.db")));
    assertThat(config.mesh().clusterOf())
        .containsExactly(
            new ClusterOf.Metadata("SITE"), new ClusterOf.Zone(), new ClusterOf.Named("edge"));
  }

  @Test
  void aFlagWinsOverAVariableOverTheFileOverTheDefault() throws IOException {
    Path file = file("xds: {listen: 127.0.0.1:1001}\napi: {listen: 127.0.0.1:2001}\n");
    Map<String, String> environment =
        Map.of("SERIN_XDS_LISTEN", "127.0.0.1:1002", "SERIN_API_LISTEN", "127.0.0.1:2002");
    ConfigLoader.Result result =
        ConfigLoader.load(Optional.of(file), environment, List.of("--xds.listen=127.0.0.1:1003"));

    assertThat(loaded(result).xds().listen().port()).isEqualTo(1003);
    assertThat(loaded(result).api().listen().port()).isEqualTo(2002);
    assertThat(result.origins())
        .contains(
            new ConfigLoader.Origin("xds.listen", "127.0.0.1:1003", "--xds.listen"),
            new ConfigLoader.Origin("api.listen", "127.0.0.1:2002", "SERIN_API_LISTEN"),
            new ConfigLoader.Origin("xds.insecure", "false", "default"));
    ConfigLoader.Result fileOnly = ConfigLoader.load(Optional.of(file), Map.of(), List.of());
    assertThat(fileOnly.origins())
        .contains(new ConfigLoader.Origin("xds.listen", "127.0.0.1:1001", file + ":1"));
  }

  static Stream<String> keysThatTakeAValue() {
    return Settings.ALL.stream()
        .filter(s -> s.kind().shape() != Kind.Shape.NOT_YET)
        .map(Setting::key);
  }

  @ParameterizedTest
  @MethodSource("keysThatTakeAValue")
  void everySettingIsAKeyAndAFlagAndAVariable(String key) throws IOException {
    Setting<?> setting =
        Settings.ALL.stream().filter(s -> s.key().equals(key)).findFirst().orElseThrow();
    String value = another(setting);
    List<String> words = List.of(key.split("\\."));
    String yaml = String.join(": {", words) + ": \"" + value + "\"" + "}".repeat(words.size() - 1);

    assertThat(origin(fromFile(yaml), key).text()).isEqualTo(value);
    assertThat(
            origin(
                    ConfigLoader.load(
                        Optional.empty(), Map.of(setting.variable(), value), List.of()),
                    key)
                .text())
        .isEqualTo(value);
    assertThat(
            origin(
                    ConfigLoader.load(
                        Optional.empty(), Map.of(), List.of("--" + key + "=" + value)),
                    key)
                .where())
        .isEqualTo("--" + key);
  }

  @Test
  void variableNamesSplitTheWordsOfAKey() {
    assertThat(Settings.XDS_CLIENT_CA.variable()).isEqualTo("SERIN_XDS_TLS_CLIENT_CA");
    assertThat(Settings.XDS_MESSAGE.variable())
        .isEqualTo("SERIN_XDS_LIMITS_MAX_INBOUND_MESSAGE_BYTES");
  }

  @Test
  void aFlagTakesItsValueFromTheNextWordAndASwitchNeedsNone() {
    ServerConfig config =
        loaded(
            ConfigLoader.load(
                Optional.empty(),
                HOME,
                List.of("--xds.listen", "0.0.0.0:0", "--xds.insecure", "--api.listen=[::1]:5")));

    assertThat(config.xds().listen()).isEqualTo(new Endpoint("0.0.0.0", 0));
    assertThat(config.xds().insecure()).isTrue();
    assertThat(config.api().listen()).isEqualTo(new Endpoint("::1", 5));
  }

  @Test
  void allProblemsAreToldAtOnceWithTheirLines() throws IOException {
    Path file =
        file(
            """
            xds:
              listn: 127.0.0.1:1
              insecure: maybe
              limits:
                maxInboundMessageBytes: 4 elephants
                keepAlive: 30
            api: 127.0.0.1:18001
            store:
              etcd: {endpoints: [a, b]}
            mesh:
              clusterOf: [default, locality.region]
              base:
                - files: {folder: base}
                - upstream: {address: nowhere}
            """);
    ConfigLoader.Result result =
        ConfigLoader.load(
            Optional.of(file),
            Map.of("SERIN_XDS_LISTNE", "x", "SERIN_HOME", "/opt", "SERIN_API_LISTEN", "nowhere"),
            List.of(
                "--api.lisen=127.0.0.1:7", "--api.auth.oidc.issuer=x", "stray", "--api.listen"));

    assertThat(result.config()).isEmpty();
    assertThat(
            result.problems().stream()
                .map(ConfigProblem::toString)
                .map(s -> s.replace(file + ":", "F:")))
        .containsExactly(
            "F:2: xds.listn: unknown (did you mean listen?)",
            "F:3: xds.insecure: 'maybe' (expected: true or false)",
            "F:5: xds.limits.maxInboundMessageBytes: '4 elephants' (expected: 1KiB to 512MiB, such"
                + " as 4MiB)",
            "F:6: xds.limits.keepAlive: '30' (expected: 1s to 720h with a unit: ms, s, m or h, such"
                + " as 30s)",
            "F:7: api: a value (expected: listen, insecure, tls, auth, limits)",
            "F:9: store.etcd: not supported yet",
            "F:11: mesh.clusterOf: 'default, locality.region' (expected: a list of: metadata KEY,"
                + " locality.region, locality.zone, and at its end a name of [a-z0-9-]{1,63})",
            "F:13: mesh.base.files.folder: unknown (expected: dir)",
            "F:13: mesh.base.files.dir: missing (expected: a value)",
            "F:13: mesh.base: 'files, upstream nowhere' (expected: a list of services, files DIR,"
                + " and upstream HOST:PORT with any of protocol=auto|delta|sotw,"
                + " forward.authorization=true, tls.ca=system|PATH, tls.cert=PATH, tls.key=PATH,"
                + " tls.serverName=NAME; services and upstream at most once)",
            "SERIN_API_LISTEN: api.listen: 'nowhere' (expected: HOST:PORT, such as"
                + " 127.0.0.1:18000)",
            "SERIN_XDS_LISTNE: unknown (did you mean SERIN_XDS_LISTEN?)",
            "--api.lisen: unknown (did you mean --api.listen?)",
            "--api.auth.oidc.issuer: api.auth.oidc: not supported yet",
            "stray: unknown",
            "--api.listen: no value (expected: HOST:PORT, such as 127.0.0.1:18000)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0:1", "[::]:1", "10.1.2.3:1", "serin.example:1"})
  void aListenerBeyondLoopbackNeedsTlsOrAWordForIt(String listen) throws IOException {
    assertThat(messages(fromFile("xds: {listen: '" + listen + "'}")))
        .singleElement()
        .asString()
        .contains("xds.listen", listen, "without TLS", "xds.insecure: true");
    assertThat(fromFile("xds: {listen: '" + listen + "', insecure: true}").problems()).isEmpty();
    assertThat(messages(fromFile("api: {listen: '" + listen + "'}"))).hasSize(1);
    assertThat(messages(fromFile("metrics: {listen: '" + listen + "'}"))).hasSize(1);

    Path pem = Files.writeString(folder.resolve("x.pem"), "");
    String tls = "tls: {cert: " + pem + ", key: " + pem + "}";
    assertThat(fromFile("api: {listen: '" + listen + "', " + tls + "}").problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"})
  void loopbackNeedsNoTls(String listen) throws IOException {
    assertThat(fromFile("xds: {listen: '" + listen + "'}").problems()).isEmpty();
  }

  @Test
  void halfACertificateAndMissingFilesAreProblems() throws IOException {
    Path pem = Files.writeString(folder.resolve("x.pem"), "");
    assertThat(messages(fromFile("xds: {tls: {cert: " + pem + "}}")))
        .singleElement()
        .asString()
        .contains("xds.tls.cert", "without its key");
    assertThat(messages(fromFile("api: {tls: {clientCa: " + pem + "}}")))
        .singleElement()
        .asString()
        .contains("api.tls.clientCa", "api.tls.cert");
    assertThat(messages(fromFile("xds: {tls: {cert: /no/c, key: /no/k}}")))
        .hasSize(2)
        .allMatch(m -> m.contains("expected: a file that can be read"));
  }

  @Test
  void aSecretIsNeitherPrintedNorRepeatedInAProblem() throws IOException {
    ConfigLoader.Result wrong = fromFile("api: {auth: {tokens: hunter2hunter2, tokn: hunter3}}");
    assertThat(wrong.problems()).hasSize(2);
    assertThat(wrong.problems().toString() + wrong.print()).doesNotContain("hunter");

    ConfigLoader.Result right =
        ConfigLoader.load(
            Optional.of(file("api: {auth: {tokens: {env: API_TOKENS}}}")),
            Map.of("API_TOKENS", "hunter2 ann"),
            List.of());
    assertThat(loaded(right).api().tokens()).contains(new SecretRef.InEnvironment("API_TOKENS"));
    assertThat(right.print()).contains("env:API_TOKENS").doesNotContain("hunter");
    assertThat(messages(fromFile("xds: {auth: {tokens: env:NOT_SET_ANYWHERE}}")))
        .singleElement()
        .asString()
        .contains("NOT_SET_ANYWHERE is not set");
  }

  @Test
  void whatIsPrintedSaysWhereItComesFromAndReadsTheSameAgain() throws IOException {
    Path file = file("\nxds: {limits: {maxStreams: 7}}\nmesh: {clusterOf: [metadata A, b]}\n");
    ConfigLoader.Result first =
        ConfigLoader.load(Optional.of(file), HOME, List.of("--api.listen=127.0.0.1:0"));

    assertThat(first.print())
        .containsPattern("maxStreams: 7 +# .*serin.yaml:2\n")
        .containsPattern("listen: 127.0.0.1:0 +# --api.listen\n")
        .containsPattern("listen: 127.0.0.1:18000 +# default\n");
    ConfigLoader.Result again =
        ConfigLoader.load(Optional.of(file(first.print())), Map.of(), List.of());
    assertThat(loaded(again)).isEqualTo(loaded(first));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "xds: &a {listen: 127.0.0.1:1}\napi: *a\n",
        "xds: {listen: 127.0.0.1:1, listen: 127.0.0.1:2}",
        "xds: {listen: 127.0.0.1:1}\n---\nxds: {}\n",
        "xds: {listen: [127.0.0.1:1]}",
        "xds: {limits: {keepAlive: {a: 1}}}",
        "xds: [1]",
        "just words",
        "xds: {"
      })
  void aFileOfAnotherShapeIsRefusedWithItsPlace(String text) throws IOException {
    ConfigLoader.Result result = fromFile(text);
    assertThat(result.config()).isEmpty();
    assertThat(result.problems()).allMatch(p -> p.where().matches(".*serin.yaml:\\d+"));
  }

  @Test
  void aBombIsRefusedQuickly() throws IOException {
    String deep = "xds: " + "[".repeat(5_000) + "]".repeat(5_000);
    assertThat(fromFile(deep).config()).isEmpty();
    assertThat(messages(fromFile("#" + "x".repeat(1 << 20))))
        .singleElement()
        .asString()
        .contains("larger than 1 MiB");
    assertThat(
            ConfigLoader.load(Optional.of(folder.resolve("none")), Map.of(), List.of()).problems())
        .hasSize(1);
  }

  @Test
  void identitiesNeedCertificatesToCompareThemWith() throws IOException {
    Path pem = Files.writeString(folder.resolve("x.pem"), "");
    String tls = "tls: {cert: " + pem + ", key: " + pem + ", clientCa: " + pem + "}";
    String names = "identity: ['spiffe://mesh.example/{cluster}/{id}', '{id}.proxy.example']";
    ConfigLoader.Result whole = fromFile("xds: {" + tls + ", " + names + ", clientStatus: own}");
    assertThat(loaded(whole).xds().identity())
        .extracting(template -> template.of("gateway-1", "edge"))
        .containsExactly("spiffe://mesh.example/edge/gateway-1", "gateway-1.proxy.example");
    assertThat(loaded(fromFile(whole.print())).xds()).isEqualTo(loaded(whole).xds());

    assertThat(messages(fromFile("xds: {" + names + "}")))
        .singleElement()
        .asString()
        .contains("xds.identity", "xds.tls.clientCa");
    assertThat(messages(fromFile("xds: {" + tls + ", clientStatus: own}")))
        .singleElement()
        .asString()
        .contains("xds.clientStatus", "xds.identity");
    assertThat(messages(fromFile("xds: {" + tls + ", identity: [mesh.example]}")))
        .singleElement()
        .asString()
        .contains("'mesh.example'", "{id}");
  }

  @Test
  void oneAddressForTwoListenersIsAProblem() throws IOException {
    assertThat(messages(fromFile("api: {listen: 127.0.0.1:18000}")))
        .singleElement()
        .asString()
        .contains("api.listen", "the same as xds.listen");
  }

  /** A text that the setting takes and that is not its default. */
  private String another(Setting<?> setting) throws IOException {
    Path existing = Files.writeString(folder.resolve("some.pem"), "");
    return Stream.of(
            "127.0.0.9:4",
            "true",
            "17",
            "64KiB",
            "17s",
            "off",
            "zone-a",
            "files base",
            "{id}.proxy")
        .filter(text -> setting.kind().reader().apply(text).isPresent())
        .filter(text ->
            !setting.kind().equals(Kind.PATH) && setting.kind().shape() != Kind.Shape.SECRET)
        .findFirst()
        .orElse(existing.toString());
  }

  private static ConfigLoader.Origin origin(ConfigLoader.Result result, String key) {
    return result.origins().stream().filter(o -> o.key().equals(key)).findFirst().orElseThrow();
  }

  private static String storePath(Map<String, String> environment) {
    return loaded(ConfigLoader.load(Optional.empty(), environment, List.of())).store()
            instanceof ServerConfig.Store.Sqlite(Path path)
        ? path.toString()
        : "";
  }

  private static ImmutableList<String> messages(ConfigLoader.Result result) {
    return result.problems().stream()
        .map(ConfigProblem::toString)
        .collect(ImmutableList.toImmutableList());
  }

  private static ServerConfig loaded(ConfigLoader.Result result) {
    assertThat(result.problems()).isEmpty();
    return result.config().orElseThrow();
  }

  private ConfigLoader.Result fromFile(String yaml) throws IOException {
    return ConfigLoader.load(Optional.of(file(yaml)), Map.of(), List.of());
  }

  private Path file(String yaml) throws IOException {
    return Files.writeString(folder.resolve("serin.yaml"), yaml);
  }
}

package dev.serin.server.config;

import com.google.common.collect.ImmutableList;
import dev.serin.server.config.ConfigLoader.Origin;
import dev.serin.server.config.ServerConfig.Api;
import dev.serin.server.config.ServerConfig.ApiLimits;
import dev.serin.server.config.ServerConfig.ClientStatus;
import dev.serin.server.config.ServerConfig.Mesh;
import dev.serin.server.config.ServerConfig.Metrics;
import dev.serin.server.config.ServerConfig.Store;
import dev.serin.server.config.ServerConfig.Tls;
import dev.serin.server.config.ServerConfig.Xds;
import dev.serin.server.config.ServerConfig.XdsLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Puts the records together from the gathered texts and checks what concerns several settings. */
final class Draft {

  private final Gathered gathered;
  private final Map<String, String> environment;
  private final ImmutableList<Origin> origins;

  Draft(Gathered gathered, Map<String, String> environment) {
    this.gathered = gathered;
    this.environment = environment;
    this.origins =
        ConfigLoader.origins(gathered, environment).collect(ImmutableList.toImmutableList());
  }

  ImmutableList<Origin> origins() {
    return origins;
  }

  Optional<ServerConfig> build() {
    ServerConfig config =
        new ServerConfig(xds(), api(), metrics(), store(), required(Settings.ACCEPT_LOSS), mesh());
    if (config.xds().listen().equals(config.api().listen()) && config.api().listen().port() != 0) {
      problem(Settings.API_LISTEN, "the same as xds.listen (expected: another port)");
    }
    return gathered.problems().isEmpty() ? Optional.of(config) : Optional.empty();
  }

  private Xds xds() {
    Optional<Tls> tls = tls(Settings.XDS_CERT, Settings.XDS_KEY, Settings.XDS_CLIENT_CA);
    Xds xds =
        new Xds(
            required(Settings.XDS_LISTEN),
            tls,
            required(Settings.XDS_INSECURE),
            secret(Settings.XDS_TOKENS),
            optional(Settings.XDS_IDENTITY).orElse(ImmutableList.of()),
            required(Settings.XDS_CLIENT_STATUS),
            required(Settings.XDS_WARM_UP),
            xdsLimits());
    guard(Settings.XDS_LISTEN, xds.listen(), tls, Settings.XDS_INSECURE);
    if (!xds.identity().isEmpty() && tls.flatMap(Tls::clientCa).isEmpty()) {
      problem(
          Settings.XDS_IDENTITY,
          "no certificate to compare with (expected: " + Settings.XDS_CLIENT_CA.key() + ", too)");
    }
    if (xds.clientStatus() == ClientStatus.OWN && xds.identity().isEmpty()) {
      problem(
          Settings.XDS_CLIENT_STATUS,
          "'own' of whom? (expected: " + Settings.XDS_IDENTITY.key() + ", too)");
    }
    return xds;
  }

  private XdsLimits xdsLimits() {
    return new XdsLimits(
        new ServerConfig.Messages(
            required(Settings.XDS_MESSAGE),
            required(Settings.XDS_FIRST_MESSAGE),
            required(Settings.XDS_METADATA),
            required(Settings.XDS_REQUESTS)),
        new ServerConfig.Streams(
            required(Settings.XDS_STREAMS_PER_CONNECTION),
            required(Settings.XDS_STREAMS_PER_ADDRESS),
            required(Settings.XDS_STREAMS),
            required(Settings.XDS_NEW_STREAMS),
            required(Settings.XDS_RESETS),
            required(Settings.XDS_RESETS_WINDOW)),
        new ServerConfig.Connections(
            required(Settings.XDS_CONNECTIONS_PER_ADDRESS),
            required(Settings.XDS_CONNECTIONS),
            required(Settings.XDS_NEW_CONNECTIONS),
            required(Settings.XDS_HANDSHAKE)),
        new ServerConfig.Lifetimes(
            required(Settings.XDS_KEEP_ALIVE),
            required(Settings.XDS_KEEP_ALIVE_TIMEOUT),
            required(Settings.XDS_CLIENT_KEEP_ALIVE),
            required(Settings.XDS_AGE),
            required(Settings.XDS_AGE_GRACE)),
        new ServerConfig.Nodes(
            required(Settings.XDS_NODE_METADATA),
            required(Settings.XDS_NAMES),
            required(Settings.XDS_TYPES),
            required(Settings.XDS_GONE)),
        required(Settings.XDS_DRAIN));
  }

  private Api api() {
    Optional<Tls> tls = tls(Settings.API_CERT, Settings.API_KEY, Settings.API_CLIENT_CA);
    ApiLimits limits =
        new ApiLimits(
            required(Settings.API_REQUEST),
            required(Settings.API_CONCURRENT),
            required(Settings.API_WATCHES),
            required(Settings.API_TIMEOUT));
    Api api =
        new Api(
            required(Settings.API_LISTEN),
            tls,
            required(Settings.API_INSECURE),
            secret(Settings.API_TOKENS),
            limits);
    guard(Settings.API_LISTEN, api.listen(), tls, Settings.API_INSECURE);
    return api;
  }

  private Metrics metrics() {
    Optional<Endpoint> listen = optional(Settings.METRICS_LISTEN);
    listen.ifPresent(endpoint ->
        guard(Settings.METRICS_LISTEN, endpoint, Optional.empty(), Settings.METRICS_INSECURE));
    return new Metrics(listen, required(Settings.METRICS_INSECURE));
  }

  private Store store() {
    return new Store.Sqlite(required(Settings.SQLITE_PATH));
  }

  private Mesh mesh() {
    return new Mesh(required(Settings.CLUSTER_OF), required(Settings.BASE));
  }

  private Optional<Tls> tls(
      Setting<Path> certSetting, Setting<Path> keySetting, Setting<Path> caSetting) {
    Optional<Path> cert = file(certSetting);
    Optional<Path> key = file(keySetting);
    Optional<Path> clientCa = file(caSetting);
    if (cert.isPresent() && key.isPresent()) {
      return Optional.of(new Tls(cert.get(), key.get(), clientCa));
    }
    if (cert.isPresent()) {
      problem(certSetting, "a certificate without its key (expected: " + keySetting.key() + ")");
    } else if (key.isPresent()) {
      problem(keySetting, "a key without its certificate (expected: " + certSetting.key() + ")");
    } else if (clientCa.isPresent()) {
      problem(caSetting, "without a certificate (expected: " + certSetting.key() + ", too)");
    }
    return Optional.empty();
  }

  private Optional<Path> file(Setting<Path> setting) {
    Optional<Path> path = optional(setting);
    path.filter(p -> !Files.isReadable(p) || Files.isDirectory(p))
        .ifPresent(p -> problem(setting, "'" + p + "' (expected: a file that can be read)"));
    return path;
  }

  private Optional<SecretRef> secret(Setting<SecretRef> setting) {
    Optional<SecretRef> reference = optional(setting);
    reference.ifPresent(ref -> {
      switch (ref) {
        case SecretRef.InFile(Path path) -> {
          // The path is not shown: somebody may have put the secret itself here.
          if (!Files.isReadable(path) || Files.isDirectory(path)) {
            problem(setting, "no such file (expected: " + setting.kind().expected() + ")");
          }
        }
        case SecretRef.InEnvironment(String variable) -> {
          if (environment.getOrDefault(variable, "").isEmpty()) {
            problem(setting, "variable " + variable + " is not set");
          }
        }
      }
    });
    return reference;
  }

  private void guard(
      Setting<Endpoint> setting, Endpoint listen, Optional<Tls> tls, Setting<Boolean> insecure) {
    if (!listen.isLoopback() && tls.isEmpty() && !required(insecure)) {
      problem(
          setting,
          "'"
              + listen
              + "' without TLS (expected: loopback, a certificate, or "
              + insecure.key()
              + ": true)");
    }
  }

  private <T> T required(Setting<T> setting) {
    return optional(setting)
        .orElseThrow(() -> new IllegalStateException(setting.key() + ": no default"));
  }

  private <T> Optional<T> optional(Setting<T> setting) {
    String text = origin(setting).text();
    return text.isEmpty() ? Optional.empty() : setting.kind().reader().apply(text);
  }

  private Origin origin(Setting<?> setting) {
    return origins.get(Settings.ALL.indexOf(setting));
  }

  private void problem(Setting<?> setting, String message) {
    gathered.problem(origin(setting).where(), setting.key(), message);
  }
}

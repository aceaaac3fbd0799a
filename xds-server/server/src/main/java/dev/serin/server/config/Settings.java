package dev.serin.server.config;

import com.google.common.collect.ImmutableList;
import dev.serin.server.config.ServerConfig.BaseSource;
import dev.serin.server.config.ServerConfig.ClientStatus;
import dev.serin.server.config.ServerConfig.ClusterOf;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** The table of all settings, in the order in which they are printed. */
final class Settings {

  static final String VARIABLE_PREFIX = "SERIN_";

  static final Setting<Endpoint> XDS_LISTEN =
      Setting.of("xds.listen", Kind.ENDPOINT, "127.0.0.1:18000");
  static final Setting<Boolean> XDS_INSECURE = Setting.of("xds.insecure", Kind.FLAG, "false");
  static final Setting<Path> XDS_CERT = Setting.of("xds.tls.cert", Kind.PATH, "");
  static final Setting<Path> XDS_KEY = Setting.of("xds.tls.key", Kind.PATH, "");
  static final Setting<Path> XDS_CLIENT_CA = Setting.of("xds.tls.clientCa", Kind.PATH, "");
  static final Setting<SecretRef> XDS_TOKENS = Setting.of("xds.auth.tokens", Kind.SECRET, "");
  static final Setting<ImmutableList<NameTemplate>> XDS_IDENTITY =
      Setting.of("xds.identity", Kind.NAME_TEMPLATES, "");
  static final Setting<ClientStatus> XDS_CLIENT_STATUS =
      Setting.of("xds.clientStatus", Kind.CLIENT_STATUS, "auto");
  static final Setting<Duration> XDS_WARM_UP = Setting.of("xds.warmUp", Kind.PAUSE, "2s");
  static final Setting<Integer> XDS_MESSAGE = limit("maxInboundMessageBytes", Kind.SIZE, "4MiB");
  static final Setting<Integer> XDS_FIRST_MESSAGE =
      limit("maxFirstMessageBytes", Kind.SIZE, "1MiB");
  static final Setting<Integer> XDS_METADATA = limit("maxMetadataBytes", Kind.SIZE, "16KiB");
  static final Setting<Integer> XDS_REQUESTS = limit("maxRequestsPerSecond", Kind.COUNT, "100");
  static final Setting<Integer> XDS_STREAMS_PER_CONNECTION =
      limit("maxStreamsPerConnection", Kind.COUNT, "100");
  static final Setting<Integer> XDS_STREAMS_PER_ADDRESS =
      limit("maxStreamsPerAddress", Kind.COUNT, "25000");
  static final Setting<Integer> XDS_STREAMS = limit("maxStreams", Kind.COUNT, "50000");
  static final Setting<Integer> XDS_NEW_STREAMS = limit("newStreamsPerSecond", Kind.COUNT, "1000");
  static final Setting<Integer> XDS_RESETS = limit("maxResets", Kind.COUNT, "200");
  static final Setting<Duration> XDS_RESETS_WINDOW = limit("resetsWindow", Kind.DURATION, "10s");
  static final Setting<Integer> XDS_CONNECTIONS_PER_ADDRESS =
      limit("maxConnectionsPerAddress", Kind.COUNT, "25000");
  static final Setting<Integer> XDS_CONNECTIONS = limit("maxConnections", Kind.COUNT, "50000");
  static final Setting<Integer> XDS_NEW_CONNECTIONS =
      limit("newConnectionsPerSecond", Kind.COUNT, "1000");
  static final Setting<Duration> XDS_HANDSHAKE = limit("handshakeTimeout", Kind.DURATION, "10s");
  static final Setting<Duration> XDS_KEEP_ALIVE = limit("keepAlive", Kind.DURATION, "30s");
  static final Setting<Duration> XDS_KEEP_ALIVE_TIMEOUT =
      limit("keepAliveTimeout", Kind.DURATION, "10s");
  static final Setting<Duration> XDS_CLIENT_KEEP_ALIVE =
      limit("minClientKeepAlive", Kind.DURATION, "10s");
  static final Setting<Duration> XDS_AGE = limit("maxConnectionAge", Kind.DURATION, "30m");
  static final Setting<Duration> XDS_AGE_GRACE =
      limit("maxConnectionAgeGrace", Kind.DURATION, "5m");
  static final Setting<Integer> XDS_NODE_METADATA =
      limit("maxNodeMetadataBytes", Kind.SIZE, "64KiB");
  static final Setting<Integer> XDS_NAMES = limit("maxNamesPerType", Kind.COUNT, "50000");
  static final Setting<Integer> XDS_TYPES = limit("maxTypesPerStream", Kind.COUNT, "32");
  static final Setting<Integer> XDS_GONE = limit("maxGoneProxies", Kind.COUNT, "100000");
  static final Setting<Duration> XDS_DRAIN = limit("drain", Kind.DURATION, "10s");

  static final Setting<Endpoint> API_LISTEN =
      Setting.of("api.listen", Kind.ENDPOINT, "127.0.0.1:18001");
  static final Setting<Boolean> API_INSECURE = Setting.of("api.insecure", Kind.FLAG, "false");
  static final Setting<Path> API_CERT = Setting.of("api.tls.cert", Kind.PATH, "");
  static final Setting<Path> API_KEY = Setting.of("api.tls.key", Kind.PATH, "");
  static final Setting<Path> API_CLIENT_CA = Setting.of("api.tls.clientCa", Kind.PATH, "");
  static final Setting<SecretRef> API_TOKENS = Setting.of("api.auth.tokens", Kind.SECRET, "");
  static final Setting<String> API_OIDC = Setting.of("api.auth.oidc", Kind.NOT_YET, "");
  static final Setting<String> API_MTLS = Setting.of("api.auth.mtls", Kind.NOT_YET, "");
  static final Setting<Integer> API_REQUEST =
      Setting.of("api.limits.maxRequestBytes", Kind.SIZE, "4MiB");
  static final Setting<Integer> API_CONCURRENT =
      Setting.of("api.limits.maxConcurrentRequests", Kind.COUNT, "256");
  static final Setting<Integer> API_WATCHES =
      Setting.of("api.limits.maxWatches", Kind.COUNT, "256");
  static final Setting<Duration> API_TIMEOUT =
      Setting.of("api.limits.requestTimeout", Kind.DURATION, "30s");

  static final Setting<Endpoint> METRICS_LISTEN = Setting.of("metrics.listen", Kind.ENDPOINT, "");
  static final Setting<Boolean> METRICS_INSECURE =
      Setting.of("metrics.insecure", Kind.FLAG, "false");

  static final Setting<Path> SQLITE_PATH =
      new Setting<>("store.sqlite.path", Kind.PATH, Settings::stateFile);
  static final Setting<Boolean> ACCEPT_LOSS = Setting.of("store.acceptLoss", Kind.FLAG, "false");
  static final Setting<String> ETCD = Setting.of("store.etcd", Kind.NOT_YET, "");

  static final Setting<ImmutableList<ClusterOf>> CLUSTER_OF =
      Setting.of(
          "mesh.clusterOf", Kind.CLUSTER_OF, "metadata CLUSTER_ID, locality.region, default");
  static final Setting<ImmutableList<BaseSource>> BASE =
      Setting.of("mesh.base", Kind.BASES, "services");

  static final ImmutableList<Setting<?>> ALL =
      ImmutableList.of(
          XDS_LISTEN,
          XDS_INSECURE,
          XDS_CERT,
          XDS_KEY,
          XDS_CLIENT_CA,
          XDS_TOKENS,
          XDS_IDENTITY,
          XDS_CLIENT_STATUS,
          XDS_WARM_UP,
          XDS_MESSAGE,
          XDS_FIRST_MESSAGE,
          XDS_METADATA,
          XDS_REQUESTS,
          XDS_STREAMS_PER_CONNECTION,
          XDS_STREAMS_PER_ADDRESS,
          XDS_STREAMS,
          XDS_NEW_STREAMS,
          XDS_RESETS,
          XDS_RESETS_WINDOW,
          XDS_CONNECTIONS_PER_ADDRESS,
          XDS_CONNECTIONS,
          XDS_NEW_CONNECTIONS,
          XDS_HANDSHAKE,
          XDS_KEEP_ALIVE,
          XDS_KEEP_ALIVE_TIMEOUT,
          XDS_CLIENT_KEEP_ALIVE,
          XDS_AGE,
          XDS_AGE_GRACE,
          XDS_NODE_METADATA,
          XDS_NAMES,
          XDS_TYPES,
          XDS_GONE,
          XDS_DRAIN,
          API_LISTEN,
          API_INSECURE,
          API_CERT,
          API_KEY,
          API_CLIENT_CA,
          API_TOKENS,
          API_OIDC,
          API_MTLS,
          API_REQUEST,
          API_CONCURRENT,
          API_WATCHES,
          API_TIMEOUT,
          METRICS_LISTEN,
          METRICS_INSECURE,
          SQLITE_PATH,
          ACCEPT_LOSS,
          ETCD,
          CLUSTER_OF,
          BASE);

  private Settings() {}

  private static <T> Setting<T> limit(String name, Kind<T> kind, String fallback) {
    return Setting.of("xds.limits." + name, kind, fallback);
  }

  /** The user's state folder by the XDG base directory specification. */
  private static String stateFile(Map<String, String> environment) {
    String state = environment.getOrDefault("XDG_STATE_HOME", "");
    // "All paths set in these environment variables must be absolute"; others are ignored.
    if (state.isEmpty() || !Path.of(state).isAbsolute()) {
      String home = environment.getOrDefault("HOME", System.getProperty("user.home", "."));
      state = home + "/.local/state";
    }
    return state + "/serin/serin.db";
  }
}

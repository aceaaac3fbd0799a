package dev.serin.mesh.overlay;

import com.google.protobuf.Any;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue;
import io.envoyproxy.envoy.extensions.filters.network.set_filter_state.v3.Config;

/** Where a route finds the client's address, which it has no matcher for. */
public final class SourceAddress {
  /**
   * The key of the filter state. A base's listener that shall know it sets it with the filter
   * {@code set_filter_state}, for HTTP with {@code clear_route_cache}, as an {@code
   * envoy.network.ip}.
   */
  public static final String KEY = "serin.source";

  private SourceAddress() {}

  /**
   * Keeps the peer's address once a connection. It stands before the HTTP filters, so that no route
   * has to be chosen a second time for it.
   */
  public static Filter filter() {
    Config config =
        Config.newBuilder()
            .addOnNewConnection(
                FilterStateValue.newBuilder()
                    .setObjectKey(KEY)
                    .setFactoryKey("envoy.network.ip")
                    .setFormatString(
                        SubstitutionFormatString.newBuilder()
                            .setTextFormatSource(
                                DataSource.newBuilder()
                                    .setInlineString("%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"))))
            .build();
    return Filter.newBuilder()
        .setName("envoy.filters.network.set_filter_state")
        .setTypedConfig(Any.pack(config))
        .build();
  }
}

package dev.serin.server.warmup;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.TypeUrls;

/** What a simulated proxy asks for by name; of clusters and listeners everything. */
final class Names {
  private Names() {}

  static ImmutableList<String> of(String typeUrl) {
    return switch (typeUrl) {
      case TypeUrls.ENDPOINTS -> Content.CLUSTERS;
      case TypeUrls.ROUTES -> ImmutableList.of(Content.ROUTES);
      default -> ImmutableList.of();
    };
  }
}

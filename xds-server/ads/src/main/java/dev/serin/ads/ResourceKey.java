package dev.serin.ads;

import dev.serin.mesh.Resource;

/** Names a resource among those of all types. */
record ResourceKey(String typeUrl, String name) {
  static ResourceKey of(Resource resource) {
    return new ResourceKey(resource.typeUrl(), resource.name());
  }
}

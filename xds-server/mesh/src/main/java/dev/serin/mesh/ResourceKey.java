package dev.serin.mesh;

/** Names a resource among those of all types. */
public record ResourceKey(String typeUrl, String name) {
  public static ResourceKey of(Resource resource) {
    return new ResourceKey(resource.typeUrl(), resource.name());
  }
}

package dev.serin.spi;

/**
 * A resource as it is kept.
 *
 * @param kind such as {@code MeshService}
 * @param tenant its tenant
 * @param name its name within tenant and kind
 * @param revision grows with every change of the body; a store refuses to go back
 * @param body the caller's text
 */
public record StoredResource(String kind, String tenant, String name, long revision, String body) {

  public ResourceKey key() {
    return new ResourceKey(kind, tenant, name);
  }
}

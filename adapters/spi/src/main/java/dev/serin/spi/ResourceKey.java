package dev.serin.spi;

import java.util.Comparator;

/** Which resource: its kind, its tenant and its name; ordered in that order. */
public record ResourceKey(String kind, String tenant, String name)
    implements Comparable<ResourceKey> {

  private static final Comparator<ResourceKey> ORDER =
      Comparator.comparing(ResourceKey::kind)
          .thenComparing(ResourceKey::tenant)
          .thenComparing(ResourceKey::name);

  @Override
  public int compareTo(ResourceKey other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return kind + " " + tenant + "/" + name;
  }
}

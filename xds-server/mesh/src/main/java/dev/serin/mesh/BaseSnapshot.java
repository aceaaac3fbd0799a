package dev.serin.mesh;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a base other than Serin's own services has for a proxy: resources of any type, as bytes that
 * nobody has touched. Immutable. Equal content is one object where it was made by one {@link
 * BaseSnapshots}, so that a thousand equal proxies share one, and with it one overlay.
 */
public final class BaseSnapshot {
  /** Has nothing, and has said so. */
  public static final BaseSnapshot EMPTY = new BaseSnapshot(ImmutableMap.of(), Unsaid.Types.NONE);

  private final ImmutableMap<String, TypeResources> byType;
  private final Unsaid.Types unsaid;

  // Made when first needed. A race makes an equal one twice, which does no harm.
  private volatile @Nullable BaseRoutes routes;

  BaseSnapshot(Map<String, TypeResources> byType, Unsaid.Types unsaid) {
    this.byType =
        ImmutableMap.copyOf(
            ImmutableSortedMap.copyOf(Maps.filterValues(byType, type -> !type.isEmpty())));
    this.unsaid = unsaid;
  }

  /** The resources of a type; none for a type that the base does not have. */
  public TypeResources ofType(String typeUrl) {
    return byType.getOrDefault(typeUrl, TypeResources.NONE);
  }

  /** The types of which there are resources. */
  public java.util.Set<String> typeUrls() {
    return byType.keySet();
  }

  Unsaid.Types unsaid() {
    return unsaid;
  }

  /** Whether not even that is known which it is to have. */
  public boolean isUnsaid() {
    return byType.isEmpty() && unsaid.others().whole();
  }

  /** Whether there is nothing, and nothing to wait for. */
  boolean isEmpty() {
    return byType.isEmpty() && unsaid.equals(Unsaid.Types.NONE);
  }

  BaseRoutes routes() {
    BaseRoutes known = routes;
    if (known == null) {
      known = BaseRoutes.of(this);
      routes = known;
    }
    return known;
  }

  /** Sets of resources are equal only where they are the same, so this is cheap. */
  @Override
  public boolean equals(Object other) {
    return other instanceof BaseSnapshot that
        && byType.equals(that.byType)
        && unsaid.equals(that.unsaid);
  }

  @Override
  public int hashCode() {
    return byType.hashCode();
  }

  @Override
  public String toString() {
    return "BaseSnapshot" + Maps.transformValues(byType, TypeResources::versionInfo);
  }
}

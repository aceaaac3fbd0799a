package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.TypeUrls;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The types that one stream asks for, in the order in which they are served. */
final class Types {
  /**
   * "Eventual consistency considerations": what is pointed at goes before what points at it, from
   * clusters and their endpoints over listeners to routes, and to the virtual hosts of routes last.
   * Runtime layers wait for nobody: a few numbers take effect before a large table is read.
   */
  private static final ImmutableList<String> ORDER =
      ImmutableList.of(
          TypeUrls.RUNTIME,
          TypeUrls.CLUSTER,
          TypeUrls.ENDPOINTS,
          TypeUrls.LISTENER,
          TypeUrls.SCOPED_ROUTES,
          TypeUrls.ROUTES,
          TypeUrls.VIRTUAL_HOST);

  /** A handful: a search beats a map, and costs no memory a stream. */
  private final List<TypeState> types = new ArrayList<>(ORDER.size());

  /** Looked for at every push and every answer. */
  private @Nullable TypeState clusters;

  private @Nullable TypeState endpoints;

  /** The clusters, once they are asked for. */
  @Nullable TypeState clusters() {
    return clusters;
  }

  /** The endpoints, once they are asked for or owed. */
  @Nullable TypeState endpoints() {
    return endpoints;
  }

  @Nullable TypeState get(String typeUrl) {
    for (TypeState type : types) {
      if (type.typeUrl.equals(typeUrl)) {
        return type;
      }
    }
    return null;
  }

  /** Adds a type that is not among them yet. */
  TypeState add(String typeUrl) {
    TypeState added = new TypeState(typeUrl);
    int place = 0;
    while (place < types.size() && rank(types.get(place).typeUrl) <= rank(typeUrl)) {
      place++;
    }
    types.add(place, added);
    switch (typeUrl) {
      case TypeUrls.CLUSTER -> clusters = added;
      case TypeUrls.ENDPOINTS -> endpoints = added;
      default -> {}
    }
    return added;
  }

  private static int rank(String typeUrl) {
    int rank = ORDER.indexOf(typeUrl);
    return rank < 0 ? ORDER.size() : rank;
  }

  /** Not to be held on to while types are added. */
  List<TypeState> inOrder() {
    return types;
  }

  int size() {
    return types.size();
  }
}

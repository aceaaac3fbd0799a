package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import java.util.Optional;
import java.util.function.Function;

/**
 * A form in which route tables are kept. The overlay decides on {@link RouteView}s and answers with
 * {@link RouteEdit}s; reading and writing them is all that a form does.
 *
 * @param <T> a table, not changed by anybody
 */
public interface RouteForm<T> {
  /** The routes of a table in their order. */
  ImmutableList<RouteView> views(T table);

  /**
   * The table with routes replaced; the table itself where none is.
   *
   * @param edits what a route becomes, in the order in which Envoy is to try them; empty where it
   *     stays as it is
   */
  T replace(T table, Function<RouteView, Optional<ImmutableList<RouteEdit>>> edits);

  /**
   * The table with a header among those that a proxy at the edge drops from requests of clients
   * outside ({@code internal_only_headers}); the table itself where it is among them already.
   */
  T strippedAtEdge(T table, String header);
}

package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;

/**
 * What the overlay has to know of a route of a base, whatever form its table is kept in.
 *
 * @param virtualHost that it is in; for the reader of a message
 * @param name of the route, may be empty
 * @param target where it leads to
 * @param drawsFraction whether it takes a random fraction of the requests that it matches
 * @param hashes whether it has hash policies of its own
 * @param mirrors the clusters that it mirrors requests to
 * @param inTree whether it is in a matcher tree that the base's virtual host has for its routes
 * @param retries whether it, or its virtual host for it, has a retry policy
 */
public record RouteView(
    String virtualHost,
    String name,
    Target target,
    boolean drawsFraction,
    boolean hashes,
    ImmutableList<String> mirrors,
    boolean inTree,
    boolean retries) {

  /** Where a route leads to. */
  public sealed interface Target {
    /** One cluster. */
    record One(String cluster) implements Target {}

    /**
     * Several, by weight.
     *
     * @param clusters by name; empty for one that is read from a header
     * @param numberHeader the request header whose number decides instead of a draw; empty for none
     */
    record Divided(ImmutableList<String> clusters, String numberHeader) implements Target {}

    /** The cluster that a request header names. */
    record FromHeader(String header) implements Target {}

    /** A redirect, an answer without an upstream, or an extension that chooses. */
    record Other() implements Target {}
  }

  /** As a message names it. */
  String where() {
    return "route \"" + name + "\" of virtual host \"" + virtualHost + "\"";
  }
}

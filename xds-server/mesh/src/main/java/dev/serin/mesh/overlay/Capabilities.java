package dev.serin.mesh.overlay;

/**
 * What a route table may ask of a proxy. Where a proxy silently ignores a field it does not know,
 * sending the field anyway would send everyone to the canary, or users back and forth; so a plan
 * that needs more than this is refused for the proxy.
 *
 * @param sticky whether the split by hash ({@code WeightedCluster.use_hash_policy}) is honoured:
 *     Envoy from 1.36; older ones draw per request
 * @param cookies how a cookie can be matched
 * @param region of the proxy's locality; empty when unknown
 * @param meshCluster where the proxy runs; empty where nobody asks
 * @param layer whether the proxy takes weights from Serin's runtime layer ({@link RuntimeLayer})
 */
public record Capabilities(
    boolean sticky, Cookies cookies, String region, String meshCluster, boolean layer) {

  /** The ways to match a cookie. */
  public enum Cookies {
    /** {@code RouteMatch.cookies}: Envoy from 1.37. */
    NATIVE,
    /** A regular expression over the {@code cookie} header: any other Envoy. */
    BY_HEADER,
    /**
     * None: proxyless gRPC clients have no cookies, and ignore the matcher, which would then match
     * every call.
     */
    NONE
  }

  /** Whether this is an Envoy: other clients take a part of what a route may say. */
  public boolean isEnvoy() {
    return cookies != Cookies.NONE;
  }

  /** Of a proxy that takes weights from its route tables. */
  public Capabilities(boolean sticky, Cookies cookies, String region, String meshCluster) {
    this(sticky, cookies, region, meshCluster, false);
  }

  /** Of a proxy in a mesh cluster that nobody asks about. */
  public Capabilities(boolean sticky, Cookies cookies, String region) {
    this(sticky, cookies, region, "");
  }

  /** The same without a place that nobody asks about, so that more proxies share one rendering. */
  public Capabilities among(Places places) {
    boolean isRegion = region.isEmpty() || places.regions().contains(region);
    boolean isCluster = meshCluster.isEmpty() || places.clusters().contains(meshCluster);
    return isRegion && isCluster
        ? this
        : new Capabilities(
            sticky, cookies, isRegion ? region : "", isCluster ? meshCluster : "", layer);
  }

  /** The same with the weights in the route tables. */
  public Capabilities withoutLayer() {
    return layer ? new Capabilities(sticky, cookies, region, meshCluster, false) : this;
  }
}

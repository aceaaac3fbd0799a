package dev.serin.mesh.overlay;

/** The Envoy clusters of the two versions between which traffic is divided. */
public record Arms(String canary, String stable) {}

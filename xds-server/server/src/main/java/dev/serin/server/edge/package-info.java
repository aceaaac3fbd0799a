/**
 * The listeners. {@link dev.serin.server.edge.XdsListener} serves gRPC to proxies; {@link
 * dev.serin.server.edge.ApiListener} serves people and scripts, the same methods as gRPC, gRPC-Web
 * and JSON, and beside them health, metrics and watches; {@link
 * dev.serin.server.edge.MetricsListener} has the metrics, where they are asked for on a port of
 * their own. In flow services and a configuration; out flows an actor with every call, and refusals
 * of whoever asks too much, from elsewhere, or without a token. Listeners are started and closed by
 * one thread; all else runs on the transports' threads.
 */
@NullMarked
package dev.serin.server.edge;

import org.jspecify.annotations.NullMarked;

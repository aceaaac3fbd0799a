package dev.serin.bench.content;

/**
 * The bytes that tell a new weight from an old one.
 *
 * @param routes the name of the RouteConfiguration that carries it
 * @param weight stands within the first kilobyte of that RouteConfiguration, and nowhere else
 */
@SuppressWarnings("ArrayRecordComponent") // compared with bytes as they arrive, never with another
public record Marker(byte[] routes, byte[] weight) {}

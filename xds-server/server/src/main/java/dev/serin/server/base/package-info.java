/**
 * The mesh's bases beside Serin's own services, as they are at the moment: a watched folder, and
 * what another control plane has for each proxy. In flow files and {@link
 * dev.serin.server.upstream}; out flow {@link dev.serin.mesh.Base}s, one object for equal proxies,
 * which publishing asks for by {@link dev.serin.server.fleet.Bases}.
 */
@NullMarked
package dev.serin.server.base;

import org.jspecify.annotations.NullMarked;

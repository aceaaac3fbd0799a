/**
 * The API's services: messages in, commands to the control loop, catalogue views out.
 *
 * <p>The same methods answer gRPC, gRPC-Web and JSON. They hold no state but the watchers; calls
 * come on any thread.
 */
@NullMarked
package dev.serin.server.api;

import org.jspecify.annotations.NullMarked;

package dev.serin.mesh;

import dev.serin.policy.MeshService;

/**
 * A service and the version that takes all of its traffic while it has no plan.
 *
 * @param stable the service's {@code status.stable}
 */
public record ServiceState(MeshService service, String stable) {}

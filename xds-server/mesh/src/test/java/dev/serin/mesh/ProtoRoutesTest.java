package dev.serin.mesh;

import dev.serin.mesh.overlay.ProtoRoutes;
import dev.serin.mesh.overlay.RouteForm;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;

final class ProtoRoutesTest extends RouteFormContract<RouteConfiguration> {
  @Override
  RouteForm<RouteConfiguration> form() {
    return ProtoRoutes.FORM;
  }

  @Override
  RouteConfiguration of(RouteConfiguration table) {
    return table;
  }

  @Override
  RouteConfiguration proto(RouteConfiguration table) {
    return table;
  }

  @Override
  RouteSimulator simulator(RouteConfiguration table) {
    return new RouteSimulator(table);
  }
}

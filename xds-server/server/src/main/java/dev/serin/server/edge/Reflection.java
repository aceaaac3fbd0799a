package dev.serin.server.edge;

import com.google.common.collect.ImmutableList;
import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.InternalServer;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * gRPC reflection for tools that ask a server what it can do, in the version of today and in the
 * alpha that tools of before 2023 ask for.
 */
final class Reflection {

  private Reflection() {}

  /** For a gRPC server that knows its own services. */
  static ImmutableList<BindableService> services() {
    return ImmutableList.of(ProtoReflectionServiceV1.newInstance(), alpha());
  }

  /**
   * For a server that is none of gRPC's: the reflection asks the server of its call's context what
   * there is.
   */
  static ImmutableList<BindableService> services(List<? extends BindableService> served) {
    ImmutableList<ServerServiceDefinition> all =
        Stream.concat(served.stream(), services().stream())
            .map(BindableService::bindService)
            .collect(ImmutableList.toImmutableList());
    ServerInterceptor inContext = new InContext(new Described(all));
    return services().stream()
        .map(service -> ServerInterceptors.intercept(service, inContext))
        .<BindableService>map(definition -> () -> definition)
        .collect(ImmutableList.toImmutableList());
  }

  @SuppressWarnings("deprecation")
  private static BindableService alpha() {
    return io.grpc.protobuf.services.ProtoReflectionService.newInstance();
  }

  private record InContext(Server server) implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      Context context = Context.current().withValue(InternalServer.SERVER_CONTEXT_KEY, server);
      return Contexts.interceptCall(context, call, headers, next);
    }
  }

  /** A server of which there is nothing but the list of its services. */
  private static final class Described extends Server {
    private final ImmutableList<ServerServiceDefinition> services;

    Described(ImmutableList<ServerServiceDefinition> services) {
      this.services = services;
    }

    @Override
    public List<ServerServiceDefinition> getImmutableServices() {
      return services;
    }

    @Override
    public Server start() {
      throw new UnsupportedOperationException("only described");
    }

    @Override
    public Server shutdown() {
      throw new UnsupportedOperationException("only described");
    }

    @Override
    public Server shutdownNow() {
      throw new UnsupportedOperationException("only described");
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return false;
    }

    @Override
    public void awaitTermination() {
      throw new UnsupportedOperationException("only described");
    }
  }
}

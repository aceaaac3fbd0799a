package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.serin.v1.Proxy;
import dev.serin.v1.WatchProxiesRequest;
import dev.serin.v1.WatchProxiesResponse;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** Shows the proxies that are there, then every change, until the server ends it. */
final class ProxiesWatch {
  private static final String PREFIX = "proxies/";

  private final Connection server;
  private final PrintWriter out;

  ProxiesWatch(Connection server, PrintWriter out) {
    this.server = server;
    this.out = out;
  }

  int run(Output.Format format, ProxiesView.Selection selection) {
    Iterator<WatchProxiesResponse> events =
        server
            .fleetWatches()
            .watchProxies(
                WatchProxiesRequest.newBuilder()
                    .setCluster(selection.cluster())
                    .setStale(selection.stale())
                    .addAllStates(selection.states())
                    .build());
    if (format == Output.Format.table) {
      table(events);
    } else {
      events.forEachRemaining(event -> {
        proxy(event).ifPresent(proxy -> one(format, proxy));
        out.flush();
      });
    }
    return Exit.DONE;
  }

  /** What is there decides how wide the columns are; what comes later stands below them. */
  private void table(Iterator<WatchProxiesResponse> events) {
    List<List<String>> first = new ArrayList<>();
    boolean synced = false;
    while (!synced && events.hasNext()) {
      WatchProxiesResponse event = events.next();
      synced = event.getSynced();
      row(event).ifPresent(first::add);
    }
    int[] widths = Output.table(out, ProxiesView.HEADER, first);
    out.flush();
    events.forEachRemaining(event -> {
      row(event).ifPresent(row -> out.println(Output.row(row, widths)));
      out.flush();
    });
  }

  private static Optional<List<String>> row(WatchProxiesResponse event) {
    return switch (event.getEventCase()) {
      case PROXY -> Optional.of(ProxiesView.row(event.getProxy()));
      case FORGOTTEN -> {
        String node = Output.line(nodeId(event.getForgotten()));
        yield Optional.of(ImmutableList.of(node, "-", "-", "-", "-", "gone"));
      }
      case SYNCED, RESET, EVENT_NOT_SET -> Optional.empty();
    };
  }

  private static Optional<Proxy> proxy(WatchProxiesResponse event) {
    return switch (event.getEventCase()) {
      case PROXY -> Optional.of(event.getProxy());
      case FORGOTTEN -> Optional.of(Proxy.newBuilder().setName(event.getForgotten()).build());
      case SYNCED, RESET, EVENT_NOT_SET -> Optional.empty();
    };
  }

  private void one(Output.Format format, Proxy proxy) {
    switch (format) {
      case json -> out.println(oneLine(proxy));
      case yaml -> {
        out.println("---");
        out.print(Output.yaml(proxy));
      }
      case name -> out.println(Output.line(nodeId(proxy.getName())));
      case table -> throw new IllegalStateException("a table is more than its rows");
    }
  }

  private static String oneLine(Proxy proxy) {
    try {
      return Output.escaped(JsonFormat.printer().omittingInsignificantWhitespace().print(proxy));
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String nodeId(String name) {
    return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
  }
}

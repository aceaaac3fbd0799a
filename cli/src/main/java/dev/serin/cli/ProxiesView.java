package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.Ppm;
import dev.serin.v1.GetProxyRequest;
import dev.serin.v1.ListProxiesRequest;
import dev.serin.v1.ListProxiesResponse;
import dev.serin.v1.Proxy;
import dev.serin.v1.ProxySplit;
import dev.serin.v1.ProxyType;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What every proxy has been sent, has taken and has refused. */
final class ProxiesView {
  static final ImmutableList<String> HEADER =
      ImmutableList.of("NODE", "CLUSTER", "VERSION", "STATE", "SPLIT", "SAYS");

  private static final int PAGE = 10_000;

  private final Connection server;
  private final PrintWriter out;

  /**
   * Which proxies, and in which order.
   *
   * @param limit so many at most
   */
  record Selection(
      String cluster, boolean stale, ImmutableList<Proxy.State> states, String orderBy, int limit) {
    static final Selection ALL =
        new Selection("", false, ImmutableList.of(), "", Integer.MAX_VALUE);
  }

  ProxiesView(Connection server, PrintWriter out) {
    this.server = server;
    this.out = out;
  }

  int print(Output.Format format, Selection selection) {
    List<Proxy> proxies = list(selection);
    switch (format) {
      case json ->
          out.println(Output.json(ListProxiesResponse.newBuilder().addAllProxies(proxies)));
      case yaml -> out.print(Output.yaml(ListProxiesResponse.newBuilder().addAllProxies(proxies)));
      case name -> proxies.forEach(proxy -> out.println(Output.line(proxy.getNodeId())));
      case table -> table(proxies, selection);
    }
    out.flush();
    return Exit.DONE;
  }

  private void table(List<Proxy> proxies, Selection selection) {
    if (proxies.isEmpty()) {
      boolean everyone = selection.cluster().isEmpty() && selection.states().isEmpty();
      String none = everyone ? "no proxy has connected yet" : "no such proxy";
      out.println(selection.stale() && everyone ? "every proxy is synced" : none);
      return;
    }
    Output.table(out, HEADER, proxies.stream().map(ProxiesView::row).toList());
    if (proxies.size() > 1) {
      out.println(summary(proxies));
    }
  }

  private static String summary(List<Proxy> proxies) {
    Map<Proxy.State, Integer> counts = new EnumMap<>(Proxy.State.class);
    proxies.forEach(proxy -> counts.merge(proxy.getState(), 1, Integer::sum));
    return proxies.size()
        + " proxies: "
        + counts.entrySet().stream()
            .map(count -> count.getValue() + " " + count.getKey())
            .collect(Collectors.joining(", "));
  }

  /** One proxy; as JSON the resource itself. */
  int printOne(Output.Format format, String node) {
    Proxy proxy =
        server.fleet().getProxy(GetProxyRequest.newBuilder().setName("proxies/" + node).build());
    switch (format) {
      case json -> out.println(Output.json(proxy));
      case yaml -> out.print(Output.yaml(proxy));
      case name -> out.println(Output.line(proxy.getNodeId()));
      case table -> Output.table(out, HEADER, List.of(row(proxy)));
    }
    out.flush();
    return Exit.DONE;
  }

  private List<Proxy> list(Selection selection) {
    List<Proxy> all = new ArrayList<>();
    String page = "";
    do {
      ListProxiesResponse answer =
          server
              .fleet()
              .listProxies(
                  ListProxiesRequest.newBuilder()
                      .setPageSize(Math.min(PAGE, selection.limit() - all.size()))
                      .setPageToken(page)
                      .setCluster(selection.cluster())
                      .setStale(selection.stale())
                      .addAllStates(selection.states())
                      .setOrderBy(selection.orderBy())
                      .build());
      all.addAll(answer.getProxiesList());
      page = answer.getNextPageToken();
    } while (!page.isEmpty() && all.size() < selection.limit());
    return all;
  }

  static List<String> row(Proxy proxy) {
    List<String> splits = new ArrayList<>();
    for (ProxySplit split : proxy.getAckedSplitsList()) {
      List<String> shares = new ArrayList<>();
      new TreeMap<>(split.getSplitPpmMap())
          .forEach((version, ppm) -> shares.add(version + " " + Ppm.percent(ppm)));
      splits.add(Connection.lastPart(split.getService()) + ": " + String.join(", ", shares));
    }
    return ImmutableList.of(
        Output.line(proxy.getNodeId()),
        Output.line(proxy.getCluster()),
        proxy.getVersion(),
        proxy.getState().name(),
        splits.isEmpty() ? "-" : String.join("; ", splits),
        Output.line(
            proxy.getTypesList().stream()
                .map(ProxyType::getNackMessage)
                .filter(said -> !said.isEmpty())
                .collect(Collectors.joining("; "))));
  }
}

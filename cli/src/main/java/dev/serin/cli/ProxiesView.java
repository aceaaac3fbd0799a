package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.Ppm;
import dev.serin.v1.ListProxiesRequest;
import dev.serin.v1.ListProxiesResponse;
import dev.serin.v1.Proxy;
import dev.serin.v1.ProxySplit;
import dev.serin.v1.ProxyType;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** What every proxy has been sent, has taken and has refused. */
final class ProxiesView {
  private static final int PAGE = 1000;

  private final Connection server;
  private final PrintWriter out;

  ProxiesView(Connection server, PrintWriter out) {
    this.server = server;
    this.out = out;
  }

  int print(Output.Format format, boolean stale, String cluster) {
    List<Proxy> proxies = list(stale, cluster);
    switch (format) {
      case json ->
          out.println(Output.json(ListProxiesResponse.newBuilder().addAllProxies(proxies)));
      case yaml -> out.print(Output.yaml(ListProxiesResponse.newBuilder().addAllProxies(proxies)));
      case name -> proxies.forEach(proxy -> out.println(proxy.getNodeId()));
      case table -> {
        if (proxies.isEmpty()) {
          out.println(stale ? "every proxy is synced" : "no proxy has connected yet");
        } else {
          Output.table(
              out,
              ImmutableList.of("NODE", "CLUSTER", "VERSION", "STATE", "SPLIT", "SAYS"),
              proxies.stream().map(ProxiesView::row).toList());
        }
      }
    }
    out.flush();
    return Exit.DONE;
  }

  private List<Proxy> list(boolean stale, String cluster) {
    List<Proxy> all = new ArrayList<>();
    String page = "";
    do {
      ListProxiesResponse answer =
          server
              .fleet()
              .listProxies(
                  ListProxiesRequest.newBuilder()
                      .setPageSize(PAGE)
                      .setPageToken(page)
                      .setCluster(cluster)
                      .setStale(stale)
                      .build());
      all.addAll(answer.getProxiesList());
      page = answer.getNextPageToken();
    } while (!page.isEmpty());
    return all;
  }

  private static List<String> row(Proxy proxy) {
    List<String> splits = new ArrayList<>();
    for (ProxySplit split : proxy.getAckedSplitsList()) {
      List<String> shares = new ArrayList<>();
      new TreeMap<>(split.getSplitPpmMap())
          .forEach((version, ppm) -> shares.add(version + " " + Ppm.percent(ppm)));
      splits.add(Connection.lastPart(split.getService()) + ": " + String.join(", ", shares));
    }
    return ImmutableList.of(
        proxy.getNodeId(),
        proxy.getCluster(),
        proxy.getVersion(),
        proxy.getState().name(),
        splits.isEmpty() ? "-" : String.join("; ", splits),
        String.join(
            "; ",
            proxy.getTypesList().stream()
                .map(ProxyType::getNackMessage)
                .filter(said -> !said.isEmpty())
                .toList()));
  }
}

package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import dev.serin.cli.plan.ProxyDiffText;
import dev.serin.v1.DiffProxyRequest;
import dev.serin.v1.DiffProxyResponse;
import dev.serin.v1.ResourceDiff;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code serin diff NODE}. */
@Command(
    name = "diff",
    description =
        "Show what Serin changes now of what a proxy would have without it: its bases' resources,"
            + " and of what Serin itself publishes the stable versions.")
final class DiffCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "NODE")
  String node = "";

  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    try (Connection connection = server) {
      ImmutableList.Builder<ResourceDiff> resources = ImmutableList.builder();
      DiffProxyResponse page;
      String token = "";
      do {
        page =
            connection
                .fleet()
                .diffProxy(
                    DiffProxyRequest.newBuilder()
                        .setName("proxies/" + node)
                        .setPageToken(token)
                        .build());
        resources.addAll(page.getResourcesList());
        token = page.getNextPageToken();
      } while (!token.isEmpty());
      new ProxyDiffText(Console.out(spec), Output::line)
          .print(node, page.getReach(), resources.build());
      Console.out(spec).flush();
      return Exit.DONE;
    }
  }
}

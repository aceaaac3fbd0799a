package dev.serin.mesh;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.mesh.overlay.Refusal;
import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which service each host of each port belongs to. Where two want the same one, the first by name
 * has it: Envoy would reject the whole listener's routes.
 *
 * @param services that these were found for
 * @param byService the hosts of each published service, in lower case as Envoy compares them
 */
record PublishedHosts(
    ImmutableList<MeshService> services,
    ImmutableMap<ResourceName, ImmutableSortedSet<String>> byService,
    ImmutableList<Refusal> problems) {

  static final PublishedHosts NONE =
      new PublishedHosts(ImmutableList.of(), ImmutableMap.of(), ImmutableList.of());

  /** Returns {@code before} itself when it was found for equal services. */
  static PublishedHosts of(ImmutableList<MeshService> services, PublishedHosts before) {
    if (before.services.equals(services)) {
      return before;
    }
    ImmutableList.Builder<Refusal> problems = ImmutableList.builder();
    ImmutableMap.Builder<ResourceName, ImmutableSortedSet<String>> hosts = ImmutableMap.builder();
    Map<Integer, Map<String, ResourceName>> owners = new TreeMap<>();
    for (MeshService service : services) {
      if (service.isPublished()) {
        Map<String, ResourceName> onPort =
            owners.computeIfAbsent(service.port(), port -> new TreeMap<>());
        hosts.put(service.name(), claim(service, onPort, problems));
      }
    }
    return new PublishedHosts(services, hosts.buildOrThrow(), problems.build());
  }

  private static ImmutableSortedSet<String> claim(
      MeshService service,
      Map<String, ResourceName> owners,
      ImmutableList.Builder<Refusal> problems) {
    if (service.hosts().isEmpty()) {
      problems.add(
          new Refusal(
              service.name(),
              "hosts: [] (expected: at least one beside port " + service.port() + ")"));
    }
    ImmutableSortedSet.Builder<String> claimed = ImmutableSortedSet.naturalOrder();
    for (String written : service.hosts()) {
      String host = written.toLowerCase(Locale.ROOT);
      if (!isLegal(host)) {
        problems.add(
            new Refusal(
                service.name(),
                "host: " + written + " (expected: a name, an IP address, *.suffix or *)"));
        continue;
      }
      ResourceName owner = owners.putIfAbsent(host, service.name());
      if (owner == null || owner.equals(service.name())) {
        claimed.add(host);
      } else {
        problems.add(
            new Refusal(
                service.name(),
                "host: "
                    + host
                    + " on port "
                    + service.port()
                    + " belongs to service "
                    + owner
                    + " (expected: one service a host and port)"));
      }
    }
    return claimed.build();
  }

  private static boolean isLegal(String host) {
    String rest = host.startsWith("*.") ? host.substring(2) : host;
    return host.equals("*")
        || (!rest.isEmpty()
            && rest.length() <= 255
            && rest.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '*' && c != '/'));
  }

  /** The authorities of a host: bare, and with whatever port the client named. */
  static ImmutableList<String> domains(String host, int port) {
    if (host.equals("*")) {
      return ImmutableList.of(host);
    }
    if (host.startsWith("*")) { // Envoy takes one wildcard a domain.
      return ImmutableList.of(host, host + ":" + port);
    }
    String authority = authority(host);
    return ImmutableList.of(authority, authority + ":*");
  }

  /** An IPv6 address stands in brackets (RFC 3986, section 3.2.2). */
  static String authority(String host) {
    return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
  }
}

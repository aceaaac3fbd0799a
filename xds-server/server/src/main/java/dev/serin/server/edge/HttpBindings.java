package dev.serin.server.edge;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.grpc.BindableService;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The {@code google.api.http} bindings of services, so far as they end in a verb. A path with a
 * verb that no binding has must never be taken for a resource whose name has a colon in it.
 */
final class HttpBindings {

  private static final Pattern VERB = Pattern.compile(":([A-Za-z][A-Za-z0-9]*)$");
  private static final Pattern VARIABLE = Pattern.compile("\\{[^{}=]+(?:=([^{}]+))?}");

  private record Binding(String method, Pattern path) {}

  private final ImmutableList<Binding> verbs;

  HttpBindings(Collection<? extends BindableService> services) {
    this.verbs =
        services.stream()
            .flatMap(HttpBindings::descriptor)
            .flatMap(service -> service.getMethods().stream())
            .flatMap(HttpBindings::rules)
            .flatMap(HttpBindings::verb)
            .collect(ImmutableList.toImmutableList());
  }

  /**
   * Whether a request goes where it says: its path has no verb, or one that is bound there.
   *
   * @param path decoded
   */
  boolean routes(String httpMethod, String path) {
    String last = path.substring(path.lastIndexOf('/') + 1);
    return last.indexOf(':') < 0
        || verbs.stream()
            .anyMatch(b -> b.method().equals(httpMethod) && b.path().matcher(path).matches());
  }

  /** Every message that the files of these services, and what they import, define at the top. */
  static ImmutableSet<Descriptor> messages(Collection<? extends BindableService> services) {
    Set<FileDescriptor> files = new LinkedHashSet<>();
    services.stream().flatMap(HttpBindings::descriptor).forEach(s -> reach(s.getFile(), files));
    return files.stream()
        .flatMap(file -> file.getMessageTypes().stream())
        .collect(ImmutableSet.toImmutableSet());
  }

  private static void reach(FileDescriptor file, Set<FileDescriptor> reached) {
    if (reached.add(file)) {
      file.getDependencies().forEach(dependency -> reach(dependency, reached));
    }
  }

  private static Stream<ServiceDescriptor> descriptor(BindableService service) {
    io.grpc.ServiceDescriptor descriptor = service.bindService().getServiceDescriptor();
    return descriptor.getSchemaDescriptor() instanceof ProtoFileDescriptorSupplier supplier
        ? supplier.getFileDescriptor().getServices().stream()
            .filter(s -> s.getFullName().equals(descriptor.getName()))
        : Stream.empty();
  }

  private static Stream<HttpRule> rules(MethodDescriptor method) {
    HttpRule rule = method.getOptions().getExtension(AnnotationsProto.http);
    return Stream.concat(Stream.of(rule), rule.getAdditionalBindingsList().stream());
  }

  private static Stream<Binding> verb(HttpRule rule) {
    List<String> bound =
        switch (rule.getPatternCase()) {
          case GET -> List.of("GET", rule.getGet());
          case PUT -> List.of("PUT", rule.getPut());
          case POST -> List.of("POST", rule.getPost());
          case DELETE -> List.of("DELETE", rule.getDelete());
          case PATCH -> List.of("PATCH", rule.getPatch());
          case CUSTOM -> List.of(rule.getCustom().getKind(), rule.getCustom().getPath());
          case PATTERN_NOT_SET -> List.of("", "");
        };
    Matcher verb = VERB.matcher(bound.get(1));
    return verb.find()
        ? Stream.of(
            new Binding(
                bound.get(0),
                Pattern.compile(
                    resources(bound.get(1).substring(0, verb.start())) + ":" + verb.group(1))))
        : Stream.empty();
  }

  /** A template without its verb as a regular expression; no segment has a colon in it. */
  private static String resources(String template) {
    String flat =
        VARIABLE
            .matcher(template)
            .replaceAll(m -> m.group(1) == null ? "*" : Matcher.quoteReplacement(m.group(1)));
    StringBuilder regex = new StringBuilder();
    for (String segment : flat.substring(1).split("/", -1)) {
      regex
          .append('/')
          .append(
              switch (segment) {
                case "*" -> "[^/:]+";
                case "**" -> "[^:]+";
                default -> Pattern.quote(segment);
              });
    }
    return regex.toString();
  }
}

package dev.serin.server.edge;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.grpc.BindableService;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The {@code google.api.http} bindings of services. A path with a verb that no binding has must
 * never be taken for a resource whose name has a colon in it, and a parameter that a method does
 * not have is a mistake, which must not pass for a request without it.
 */
final class HttpBindings {

  private static final Pattern VERB = Pattern.compile(":([A-Za-z][A-Za-z0-9]*)$");
  private static final Pattern VARIABLE = Pattern.compile("\\{[^{}=]+(?:=([^{}]+))?}");

  private static final String ANY_NAME = ".+";
  private static final Splitter DOTS = Splitter.on('.');

  /**
   * @param verb whether the path ends in one
   * @param free whether it ends in a name that others have given, which may have colons in it
   * @param request what the method takes
   * @param body the field that the body is for, {@code *} for all that the path has not; empty:
   *     there is none
   */
  private record Binding(
      String method, Pattern path, boolean verb, boolean free, Descriptor request, String body) {
    boolean takes(String httpMethod, String decodedPath) {
      return method.equals(httpMethod) && path.matcher(decodedPath).matches();
    }
  }

  private final ImmutableList<Binding> bindings;
  private final ImmutableSet<String> calls;

  HttpBindings(Collection<? extends BindableService> services) {
    this.bindings =
        services.stream()
            .flatMap(HttpBindings::descriptor)
            .flatMap(service -> service.getMethods().stream())
            .flatMap(method -> rules(method).flatMap(rule -> binding(rule, method.getInputType())))
            .collect(ImmutableList.toImmutableList());
    this.calls =
        services.stream()
            .flatMap(service -> service.bindService().getMethods().stream())
            .map(method -> "/" + method.getMethodDescriptor().getFullMethodName())
            .collect(ImmutableSet.toImmutableSet());
  }

  /**
   * Whether a request goes where it says: its path has no verb, or one that is bound there.
   *
   * @param path decoded
   */
  boolean routes(String httpMethod, String path) {
    String last = path.substring(path.lastIndexOf('/') + 1);
    return last.indexOf(':') < 0
        || bindings.stream().anyMatch(b -> (b.verb() || b.free()) && b.takes(httpMethod, path));
  }

  /** Whether it is the path of a method itself, which only gRPC calls. */
  boolean isCall(String httpMethod, String path) {
    return httpMethod.equals("POST") && calls.contains(path);
  }

  /** Whether a method that is bound there reads a body. */
  boolean takesBody(String httpMethod, String path) {
    return binding(httpMethod, path).filter(b -> !b.body().isEmpty()).isPresent();
  }

  /**
   * What is wrong with the names of a request's parameters: that the method has no such field, or
   * takes it in the body. Empty when all is well, and when nothing is bound there.
   */
  Optional<String> wrongParameter(String httpMethod, String path, Collection<String> names) {
    return binding(httpMethod, path)
        .flatMap(b ->
            names.stream()
                .filter(name -> !isParameter(b, name))
                .findFirst()
                .map(name -> name + ": no such parameter (expected: " + parameters(b) + ")"));
  }

  private Optional<Binding> binding(String httpMethod, String path) {
    return bindings.stream().filter(b -> b.takes(httpMethod, path)).findFirst();
  }

  private static boolean isParameter(Binding binding, String name) {
    Descriptor type = binding.request();
    List<String> words = DOTS.splitToList(name);
    if (binding.body().equals("*") || isField(words.get(0), binding.body(), type)) {
      return false;
    }
    for (int i = 0; i < words.size(); i++) {
      Optional<FieldDescriptor> field = field(type, words.get(i));
      boolean isLast = i == words.size() - 1;
      if (field.isEmpty() || (!isLast && field.get().getJavaType() != JavaType.MESSAGE)) {
        return false;
      }
      type = isLast ? type : field.get().getMessageType();
    }
    return true;
  }

  private static boolean isField(String word, String name, Descriptor type) {
    return field(type, word).filter(f -> f.getName().equals(name)).isPresent();
  }

  private static Optional<FieldDescriptor> field(Descriptor type, String word) {
    return type.getFields().stream()
        .filter(f -> f.getName().equals(word) || f.getJsonName().equals(word))
        .findFirst();
  }

  private static String parameters(Binding binding) {
    if (binding.body().equals("*")) {
      return "none; all of it goes into the body";
    }
    return binding.request().getFields().stream()
        .filter(f -> !f.getName().equals(binding.body()))
        .map(FieldDescriptor::getJsonName)
        .sorted()
        .collect(Collectors.joining(", "));
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

  private static Stream<Binding> binding(HttpRule rule, Descriptor request) {
    return switch (rule.getPatternCase()) {
      case GET -> Stream.of(binding("GET", rule.getGet(), rule, request));
      case PUT -> Stream.of(binding("PUT", rule.getPut(), rule, request));
      case POST -> Stream.of(binding("POST", rule.getPost(), rule, request));
      case DELETE -> Stream.of(binding("DELETE", rule.getDelete(), rule, request));
      case PATCH -> Stream.of(binding("PATCH", rule.getPatch(), rule, request));
      case CUSTOM ->
          Stream.of(binding(rule.getCustom().getKind(), rule.getCustom().getPath(), rule, request));
      case PATTERN_NOT_SET -> Stream.empty();
    };
  }

  private static Binding binding(
      String httpMethod, String template, HttpRule rule, Descriptor request) {
    Matcher verb = VERB.matcher(template);
    boolean isVerb = verb.find();
    String path =
        isVerb
            ? resources(template.substring(0, verb.start())) + ":" + verb.group(1)
            : resources(template);
    boolean isFree = path.endsWith(ANY_NAME);
    return new Binding(httpMethod, Pattern.compile(path), isVerb, isFree, request, rule.getBody());
  }

  /** A template without its verb as a regular expression; no single segment has a colon in it. */
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
                case "**" -> ANY_NAME;
                default -> Pattern.quote(segment);
              });
    }
    return regex.toString();
  }
}

package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.serin.policy.ResourceName;
import dev.serin.text.Problem.Code;
import dev.serin.text.Problem.Severity;
import dev.serin.text.Reading.Named;
import dev.serin.v1.Metadata;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Files of resources, YAML or JSON, any number of documents in each, into checked resources and all
 * problems at once.
 *
 * <p>Files are hostile: a document has at most 1 MiB characters, 50 levels and 20 aliases, a file 8
 * MiB and 50,000 values; beyond that reading it stops early. References between resources are for
 * {@link References}.
 */
public final class ResourceReader {

  /** Of a file; no text of {@link Forest#MAX_FILE_CHARS} has more. */
  public static final int MAX_BYTES = 4 * Forest.MAX_FILE_CHARS;

  private final List<Parsed> resources = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();
  private final Map<Named, Source> seen = new HashMap<>();
  private final Set<Named> unsound = new HashSet<>();

  private ResourceReader() {}

  /** Reads the texts as one set. */
  public static Reading read(List<SourceText> texts) {
    ResourceReader reader = new ResourceReader();
    texts.forEach(reader::text);
    return reader.reading();
  }

  /** Reads one text. */
  public static Reading read(String file, String text) {
    return read(List.of(new SourceText(file, text)));
  }

  /** Reads one text from its bytes. */
  public static Reading read(String file, byte[] bytes) {
    ResourceReader reader = new ResourceReader();
    reader.bytes(file, bytes);
    return reader.reading();
  }

  /** Reads the files as one set; one that cannot be read is a problem like any other. */
  public static Reading readFiles(List<Path> files) {
    ResourceReader reader = new ResourceReader();
    files.forEach(reader::file);
    return reader.reading();
  }

  private Reading reading() {
    return new Reading(
        ImmutableList.copyOf(resources),
        ImmutableSet.copyOf(unsound),
        ImmutableList.copyOf(problems));
  }

  private void file(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      bytes(file.toString(), in.readNBytes(MAX_BYTES + 1));
    } catch (NoSuchFileException e) {
      problem(file.toString(), 1, Code.UNREADABLE, "no such file");
    } catch (AccessDeniedException e) {
      problem(file.toString(), 1, Code.UNREADABLE, "no permission to read it");
    } catch (IOException e) {
      problem(file.toString(), 1, Code.UNREADABLE, "cannot be read: " + e.getMessage());
    }
  }

  private void bytes(String file, byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      String text = "more than " + MAX_BYTES + " bytes (expected: fewer)";
      problem(file, 1, Code.TOO_LARGE, text);
      return;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
    if (result.isError()) {
      int at = in.position();
      int line = 1;
      for (int i = 0; i < at; i++) {
        line += bytes[i] == '\n' ? 1 : 0;
      }
      String found = "byte 0x" + HexFormat.of().toHexDigits(bytes[at]);
      problem(file, line, Code.UNREADABLE, found + " (expected: UTF-8)");
      return;
    }
    text(new SourceText(file, out.flip().toString()));
  }

  private void text(SourceText source) {
    String text = source.text().startsWith("\uFEFF") ? source.text().substring(1) : source.text();
    if (text.length() > Forest.MAX_FILE_CHARS) {
      problem(
          source.file(),
          1,
          Code.TOO_LARGE,
          text.length() + " characters (expected: at most " + Forest.MAX_FILE_CHARS + ")");
      return;
    }
    Forest forest = forest(source.file(), text);
    List<Problem> found = new ArrayList<>(forest.problems());
    forest.documents().forEach(tree -> found.addAll(document(source.file(), tree)));
    found.sort(Comparator.comparingInt(Problem::line));
    problems.addAll(found);
  }

  /** What begins like JSON is read as JSON first, for its escapes and tabs are not all YAML's. */
  private static Forest forest(String file, String text) {
    boolean named = file.endsWith(".json") || file.endsWith(".jsonl");
    if (named || text.stripLeading().startsWith("{")) {
      Forest json = new Forest(file);
      JsonTrees.read(text, json);
      boolean isJson = json.problems().stream().noneMatch(p -> p.code() == Code.SYNTAX);
      if (named || isJson) {
        return json;
      }
    }
    Forest yaml = new Forest(file);
    YamlTrees.read(text, yaml);
    return yaml;
  }

  private List<Problem> document(String file, Tree tree) {
    Findings findings = new Findings(file);
    findings.place("", "", tree.line());
    if (!(tree instanceof Tree.Fields fields)) {
      findings.wrongType(Where.TOP, tree, "a resource");
      return findings.all();
    }
    head(fields, findings).ifPresent(kind -> resource(kind, fields, findings));
    return findings.all();
  }

  private static Optional<Kind> head(Tree.Fields fields, Findings findings) {
    Optional<String> version = word(fields, "apiVersion", findings);
    version
        .filter(v -> !v.equals(Kind.API_VERSION))
        .ifPresent(v ->
            findings.error(
                "apiVersion",
                Code.BAD_VALUE,
                Shown.value(v) + " (expected: " + Kind.API_VERSION + ")",
                ""));
    Optional<String> word = word(fields, "kind", findings);
    Optional<Kind> kind = word.flatMap(Kind::of);
    if (word.isPresent() && kind.isEmpty()) {
      findings.error(
          "kind",
          Code.UNKNOWN_KIND,
          "unknown kind " + Shown.value(word.get()),
          Suggestion.hint(word.get(), Arrays.stream(Kind.values()).map(Kind::word).toList()));
    }
    return findings.hasErrors() && version.isPresent() && kind.isEmpty() ? Optional.empty() : kind;
  }

  private static Optional<String> word(Tree.Fields fields, String key, Findings findings) {
    for (Tree.Field field : fields.fields()) {
      if (field.key().equals(key)) {
        findings.place(key, key, field.line());
        if (field.value() instanceof Tree.Text text) {
          return Optional.of(text.value());
        }
      }
    }
    findings.error(
        key,
        Code.MISSING,
        "nothing (expected: " + (key.equals("kind") ? "a kind" : Kind.API_VERSION) + ")",
        "");
    return Optional.empty();
  }

  private void resource(Kind kind, Tree.Fields fields, Findings findings) {
    Message.Builder builder = kind.prototype().newBuilderForType();
    // The head was checked already, and a wrong word there shall not be reported twice.
    builder.setField(builder.getDescriptorForType().findFieldByName("api_version"), "");
    new MessageDecoder(findings).decode(withoutVersion(fields), builder, Where.TOP);
    builder.setField(
        builder.getDescriptorForType().findFieldByName("api_version"), Kind.API_VERSION);
    Checks checks = new Checks(findings);
    Source source = findings.source();
    Message message = builder.build();
    Optional<? extends Parsed> parsed =
        switch (message) {
          case dev.serin.v1.MeshService m ->
              new ServiceReading(checks).read(m).map(s -> new Parsed.Service(s, m, source));
          case dev.serin.v1.CanaryPolicy m ->
              new PolicyReading(checks).read(m).map(p -> new Parsed.Policy(p, m, source));
          case dev.serin.v1.Rollout m ->
              new RolloutReading(checks).read(m).map(r -> new Parsed.Rollout(r, m, source));
          case dev.serin.v1.FreezeWindow m ->
              new CalendarReading(checks).freeze(m).map(f -> new Parsed.Freeze(f, m, source));
          case dev.serin.v1.Channel m ->
              new ChannelReading(checks).read(m).map(c -> new Parsed.Channel(c, m, source));
          case dev.serin.v1.Release m ->
              ReleaseCodec.read(checks, m).map(r -> new Parsed.Release(r, m, source));
          default -> {
            checks.notSupported("kind", true, "kind " + kind.word());
            yield Optional.<Parsed>empty();
          }
        };
    Optional<Named> id = id(kind, message);
    boolean first = id.isEmpty() || isFirst(id.get(), source, findings);
    if (first && parsed.isPresent()) {
      resources.add(parsed.get());
    } else if (first) {
      id.ifPresent(unsound::add);
    }
  }

  /**
   * What a resource is called, also when it cannot stand; empty when it has no name of the form.
   */
  private static Optional<Named> id(Kind kind, Message message) {
    FieldDescriptor field = message.getDescriptorForType().findFieldByName("metadata");
    Metadata metadata = (Metadata) message.getField(field);
    String tenant =
        metadata.getTenant().isEmpty() ? ResourceName.DEFAULT_TENANT : metadata.getTenant();
    return ResourceName.isLegal(tenant) && ResourceName.isLegal(metadata.getName())
        ? Optional.of(new Named(kind, new ResourceName(tenant, metadata.getName())))
        : Optional.empty();
  }

  private static Tree.Fields withoutVersion(Tree.Fields fields) {
    return new Tree.Fields(
        fields.fields().stream()
            .filter(f -> !f.key().equals("apiVersion"))
            .collect(ImmutableList.toImmutableList()),
        fields.line());
  }

  private boolean isFirst(Named id, Source source, Findings findings) {
    Source first = seen.putIfAbsent(id, source);
    if (first != null) {
      findings.error(
          "metadata.name",
          Code.DUPLICATE,
          id.kind().word()
              + " "
              + id.name()
              + " twice (expected: once; the first is at "
              + first.file()
              + ":"
              + first.line()
              + ")",
          "");
    }
    return first == null;
  }

  private void problem(String file, int line, Code code, String message) {
    problems.add(new Problem(file, line, "", code, Severity.ERROR, message, ""));
  }
}

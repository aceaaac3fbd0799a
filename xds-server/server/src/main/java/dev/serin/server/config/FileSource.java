package dev.serin.server.config;

import dev.serin.server.config.YamlNode.Mapping;
import dev.serin.server.config.YamlNode.Nothing;
import dev.serin.server.config.YamlNode.Scalar;
import dev.serin.server.config.YamlNode.Sequence;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads the YAML file against the table of settings. */
final class FileSource {

  private static final int MAX_BYTES = 1 << 20;

  private final Gathered gathered;
  private final Path file;

  FileSource(Gathered gathered, Path file) {
    this.gathered = gathered;
    this.file = file;
  }

  void read() {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        gathered.problem(file.toString(), "", "larger than 1 MiB");
        return;
      }
      read(new String(bytes, StandardCharsets.UTF_8));
    } catch (IOException e) {
      gathered.problem(file.toString(), "", "cannot be read: " + e);
    }
  }

  private void read(String text) {
    YamlNode root =
        YamlNode.read(text, (line, message) -> gathered.problem(where(line), "", message));
    if (!root.isEmpty()) {
      section("", root);
    }
  }

  private void section(String prefix, YamlNode node) {
    if (node.isEmpty()) {
      return;
    }
    if (!(node instanceof Mapping mapping)) {
      gathered.problem(where(node.line()), prefix, "a value (expected: " + children(prefix) + ")");
      return;
    }
    for (YamlNode.Entry entry : mapping.entries()) {
      String key = prefix.isEmpty() ? entry.key() : prefix + "." + entry.key();
      Optional<Setting<?>> setting =
          Settings.ALL.stream().filter(s -> s.key().equals(key)).findFirst();
      if (setting.isPresent()) {
        setting(setting.get(), entry.value());
      } else if (Settings.ALL.stream().anyMatch(s -> s.key().startsWith(key + "."))) {
        section(key, entry.value());
      } else {
        gathered.unknown(where(entry.line()), key, entry.key(), childNames(prefix));
      }
    }
  }

  private void setting(Setting<?> setting, YamlNode node) {
    if (node.isEmpty()) {
      return; // a key without a value leaves the default
    }
    Optional<String> text =
        switch (setting.kind().shape()) {
          case SCALAR -> scalar(node);
          case LIST -> list(node, FileSource::scalar);
          case BASES -> list(node, item -> scalar(item).or(() -> base(setting, item)));
          case SECRET -> scalar(node).or(() -> reference(node));
          case NOT_YET -> Optional.of("");
        };
    text.ifPresentOrElse(
        t -> gathered.give(setting, t, where(node.line())),
        () ->
            gathered.problem(
                where(node.line()),
                setting.key(),
                "another shape (expected: " + setting.kind().expected() + ")"));
  }

  private static Optional<String> scalar(YamlNode node) {
    return node instanceof Scalar scalar ? Optional.of(scalar.text()) : Optional.empty();
  }

  private static Optional<String> list(
      YamlNode node, java.util.function.Function<YamlNode, Optional<String>> item) {
    return switch (node) {
      case Scalar scalar -> Optional.of(scalar.text());
      case Sequence sequence -> {
        List<Optional<String>> texts = sequence.items().stream().map(item).toList();
        yield texts.stream().allMatch(Optional::isPresent)
            ? Optional.of(
                texts.stream().flatMap(Optional::stream).collect(Collectors.joining(", ")))
            : Optional.empty();
      }
      case Mapping mapping -> Optional.empty();
      case Nothing nothing -> Optional.empty();
    };
  }

  /** {@code {files: {dir: PATH}}}: the item's name to its settings. */
  private Optional<String> base(Setting<?> setting, YamlNode item) {
    return BaseText.of(
        item,
        (line, key, message) ->
            gathered.problem(
                where(line), setting.key() + (key.isEmpty() ? "" : "." + key), message));
  }

  /** {@code {env: NAME}} or {@code {file: PATH}}. */
  private static Optional<String> reference(YamlNode node) {
    if (!(node instanceof Mapping mapping) || mapping.entries().size() != 1) {
      return Optional.empty();
    }
    YamlNode.Entry entry = mapping.entries().get(0);
    return switch (entry.key()) {
      case "env" -> scalar(entry.value()).map(name -> Kind.ENV_PREFIX + name);
      case "file" -> scalar(entry.value());
      default -> Optional.empty();
    };
  }

  private static Stream<String> childNames(String prefix) {
    String dotted = prefix.isEmpty() ? "" : prefix + ".";
    return Settings.ALL.stream()
        .map(Setting::key)
        .filter(key -> key.startsWith(dotted))
        .map(key -> key.substring(dotted.length()).replaceFirst("\\..*", ""))
        .distinct();
  }

  private static String children(String prefix) {
    return childNames(prefix).collect(Collectors.joining(", "));
  }

  private String where(int line) {
    return file + ":" + line;
  }
}

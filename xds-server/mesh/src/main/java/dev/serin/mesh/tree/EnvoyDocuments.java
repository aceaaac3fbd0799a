package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import dev.serin.mesh.tree.EnvoyDocument.Form;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Everything that files or a folder say about Envoy: any number of documents, each one resource, a
 * list, a {@code config_dump}, or a {@code DiscoveryResponse}; as YAML or as JSON.
 *
 * @param documents what could be read, in the order of the files' names and of their lines
 * @param problems all of them; where there is one, what was read is not the whole
 */
public record EnvoyDocuments(
    ImmutableList<EnvoyDocument> documents, ImmutableList<DocumentProblem> problems) {
  private static final ImmutableList<String> ENDINGS = ImmutableList.of(".yaml", ".yml", ".json");

  /**
   * Reads a file, or a folder's {@code *.yaml}, {@code *.yml} and {@code *.json} by name; hidden
   * ones, as volumes of Kubernetes have, are left out.
   */
  public static EnvoyDocuments read(Path fileOrFolder) {
    if (!Files.isDirectory(fileOrFolder)) {
      return readFiles(List.of(fileOrFolder));
    }
    try (Stream<Path> entries = Files.list(fileOrFolder)) {
      return readFiles(entries.filter(EnvoyDocuments::isResources).sorted().toList());
    } catch (IOException unreadable) {
      return new EnvoyDocuments(
          ImmutableList.of(),
          ImmutableList.of(
              new DocumentProblem(
                  fileOrFolder.toString(), 1, "cannot be listed: " + unreadable.getMessage())));
    }
  }

  /** Whether a file of this name in a folder is read. */
  public static boolean isResources(Path file) {
    String name = file.getFileName().toString();
    return !name.startsWith(".")
        && ENDINGS.stream().anyMatch(name::endsWith)
        && Files.isRegularFile(file);
  }

  /** Reads these files as one base. */
  public static EnvoyDocuments readFiles(List<Path> files) {
    List<EnvoyDocument> documents = new ArrayList<>();
    ImmutableList.Builder<DocumentProblem> problems = ImmutableList.builder();
    for (Path file : files) {
      EnvoyDocuments read = of(trees(file));
      documents.addAll(read.documents());
      problems.addAll(read.problems());
    }
    return new EnvoyDocuments(
        ImmutableList.copyOf(documents), problems.addAll(namesakes(documents)).build());
  }

  /** Reads a text; names that it shares with other files are nobody's concern here. */
  public static EnvoyDocuments parse(String file, String text) {
    return of(trees(file, text));
  }

  private static EnvoyDocuments of(TreeBudget budget) {
    ImmutableList.Builder<EnvoyDocument> documents = ImmutableList.builder();
    KeyStyle style =
        budget.documents().stream()
            .flatMap(tree -> KeyStyle.of(tree).stream())
            .findFirst()
            .orElse(KeyStyle.SNAKE);
    for (JsonNode tree : budget.documents()) {
      DocumentParts.of(tree, budget, style).ifPresent(documents::add);
    }
    return new EnvoyDocuments(documents.build(), ImmutableList.copyOf(budget.problems()));
  }

  /** All resources, in order. */
  public ImmutableList<EnvoyResource> resources() {
    return documents.stream()
        .flatMap(document -> document.resources().stream())
        .collect(ImmutableList.toImmutableList());
  }

  /** The trees of a file, whatever they are. */
  static TreeBudget trees(Path file) {
    String name = file.toString();
    TreeBudget failed = new TreeBudget(name);
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(TreeBudget.MAX_BYTES + 1);
      if (bytes.length <= TreeBudget.MAX_BYTES) {
        return trees(name, text(bytes));
      }
      failed.problem(1, "more than " + (TreeBudget.MAX_BYTES >> 20) + " MiB (expected: fewer)");
    } catch (CharacterCodingException e) {
      failed.problem(1, "not UTF-8 (expected: text)");
    } catch (IOException e) {
      failed.problem(1, "cannot be read: " + e);
    }
    return failed;
  }

  private static String text(byte[] bytes) throws CharacterCodingException {
    String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    return text.startsWith("\ufeff") ? text.substring(1) : text;
  }

  /** By the file's name; a dump that was saved as YAML may be JSON all the same. */
  private static TreeBudget trees(String file, String text) {
    TreeBudget budget = new TreeBudget(file);
    boolean isJson = file.endsWith(".json");
    char start = text.stripLeading().isEmpty() ? ' ' : text.stripLeading().charAt(0);
    if (isJson || start == '{' || start == '[') {
      JsonTreeReader.read(text, budget);
      if (isJson || budget.problems().isEmpty()) {
        return budget;
      }
    }
    TreeBudget asYaml = new TreeBudget(file);
    YamlTreeReader.read(text, asYaml);
    return asYaml;
  }

  /** A dump may hold a resource twice, as it is and as it is about to be. */
  private static List<DocumentProblem> namesakes(List<EnvoyDocument> documents) {
    Map<String, EnvoyResource> first = new HashMap<>();
    List<DocumentProblem> problems = new ArrayList<>();
    for (EnvoyDocument document : documents) {
      if (document.form() == Form.CONFIG_DUMP) {
        continue;
      }
      for (EnvoyResource resource : document.resources()) {
        EnvoyResource other =
            first.putIfAbsent(resource.typeUrl() + " " + resource.name(), resource);
        if (other != null && !resource.name().isEmpty()) {
          problems.add(
              resource.problem(
                  resource.type()
                      + " "
                      + TreeBudget.shown(resource.name())
                      + " stands in "
                      + other.file()
                      + ":"
                      + other.line()
                      + " as well (expected: once)"));
        }
      }
    }
    return problems;
  }
}

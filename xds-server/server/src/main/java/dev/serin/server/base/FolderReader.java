package dev.serin.server.base;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.protobuf.ByteString;
import dev.serin.mesh.BaseSnapshot;
import dev.serin.mesh.BaseSnapshots;
import dev.serin.mesh.Resource;
import dev.serin.mesh.ResourceKey;
import dev.serin.mesh.TypeResources;
import dev.serin.mesh.tree.DocumentProblem;
import dev.serin.mesh.tree.EnvoyDocument;
import dev.serin.mesh.tree.EnvoyDocuments;
import dev.serin.mesh.tree.EnvoyResource;
import dev.serin.mesh.tree.ResourceEncoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a folder of Envoy's resources as one set. A file is read again when it changes, the others
 * are remembered. Used by one thread.
 */
final class FolderReader {
  private final Path dir;
  private final BaseSnapshots shared;
  private Map<Path, ReadFile> known = Map.of();

  /** What tells one state of a file from another, without a look into it. */
  private record Stamp(Object modified, long size, @Nullable Object identity) {}

  /** One resource of a file, and where it stands. */
  private record Placed(Resource resource, EnvoyResource from, boolean dumped) {}

  private record ReadFile(
      Stamp stamp, ImmutableList<Placed> resources, ImmutableList<DocumentProblem> problems) {}

  /** What a look at the folder came to. */
  sealed interface Result {
    record Whole(BaseSnapshot snapshot) implements Result {}

    record Broken(ImmutableList<String> problems) implements Result {}
  }

  FolderReader(Path dir, BaseSnapshots shared) {
    this.dir = dir;
    this.shared = shared;
  }

  /** The state of every file, to be compared with an earlier or a later one. */
  ImmutableSortedMap<Path, Object> state() throws IOException {
    ImmutableSortedMap.Builder<Path, Object> state = ImmutableSortedMap.naturalOrder();
    for (Path file : files()) {
      state.put(file, stamp(file));
    }
    return state.build();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> entries = Files.list(dir)) {
      return entries.filter(EnvoyDocuments::isResources).sorted().toList();
    }
  }

  private static Stamp stamp(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    return new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
  }

  /** Reads what has changed since the last time. */
  Result read() {
    Map<Path, ReadFile> next = new LinkedHashMap<>();
    try {
      for (Path file : files()) {
        Stamp stamp = stamp(file);
        ReadFile before = known.get(file);
        next.put(
            file, before != null && before.stamp().equals(stamp) ? before : readFile(file, stamp));
      }
    } catch (IOException e) {
      return new Result.Broken(
          ImmutableList.of(dir + ": " + e + " (expected: a folder of readable files)"));
    }
    known = next;
    List<String> problems = new ArrayList<>();
    next.values().forEach(file -> file.problems().forEach(p -> problems.add(p.toString())));
    List<Placed> all =
        distinct(next.values().stream().flatMap(f -> f.resources().stream()), problems);
    return problems.isEmpty()
        ? new Result.Whole(snapshot(all))
        : new Result.Broken(ImmutableList.copyOf(problems));
  }

  private static ReadFile readFile(Path file, Stamp stamp) {
    EnvoyDocuments read = EnvoyDocuments.readFiles(List.of(file));
    ImmutableList.Builder<Placed> resources = ImmutableList.builder();
    List<DocumentProblem> problems = new ArrayList<>(read.problems());
    for (EnvoyDocument document : read.documents()) {
      for (EnvoyResource resource : document.resources()) {
        ResourceEncoder.Encoded encoded = ResourceEncoder.encode(resource);
        problems.addAll(encoded.problems());
        if (resource.name().isEmpty()) {
          problems.add(
              new DocumentProblem(
                  resource.file(),
                  resource.line(),
                  resource.type() + " without a name (expected: one, by which proxies know it)"));
        } else {
          encoded
              .value()
              .ifPresent(bytes ->
                  resources.add(
                      new Placed(
                          made(resource, bytes),
                          resource,
                          document.form() == EnvoyDocument.Form.CONFIG_DUMP)));
        }
      }
    }
    return new ReadFile(stamp, resources.build(), ImmutableList.copyOf(problems));
  }

  private static Resource made(EnvoyResource resource, ByteString bytes) {
    return Resource.of(resource.typeUrl(), resource.name(), bytes);
  }

  /** A dump may hold a resource as it is and as it is about to be: the first counts. */
  private static List<Placed> distinct(Stream<Placed> all, List<String> problems) {
    Map<ResourceKey, Placed> first = new HashMap<>();
    List<Placed> distinct = new ArrayList<>();
    all.forEach(placed -> {
      Placed other = first.putIfAbsent(ResourceKey.of(placed.resource()), placed);
      if (other == null) {
        distinct.add(placed);
      } else if (!other.from().file().equals(placed.from().file())) {
        problems.add(
            new DocumentProblem(
                    placed.from().file(),
                    placed.from().line(),
                    placed.from().type()
                        + " "
                        + placed.from().name()
                        + " stands in "
                        + other.from().file()
                        + ":"
                        + other.from().line()
                        + " as well (expected: once)")
                .toString());
      }
    });
    return distinct;
  }

  private BaseSnapshot snapshot(List<Placed> all) {
    Map<String, List<Placed>> byType = new TreeMap<>();
    for (Placed placed : all) {
      byType.computeIfAbsent(placed.resource().typeUrl(), type -> new ArrayList<>()).add(placed);
    }
    Map<String, TypeResources> sets = new HashMap<>();
    byType.forEach((type, placed) ->
        sets.put(
            type, shared.set(placed.stream().map(Placed::resource).toList(), version(placed))));
    return shared.snapshot(sets);
  }

  /** What the files call all resources of a type together, if they call them by one name. */
  private static Optional<String> version(List<Placed> placed) {
    Set<Optional<String>> versions = new HashSet<>();
    placed.forEach(one -> versions.add(one.from().versionInfo()));
    return versions.size() == 1 ? versions.iterator().next() : Optional.empty();
  }
}

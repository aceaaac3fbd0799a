package dev.serin.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/**
 * A recording of the JVM's flight recorder, summed up. An allocation is sampled when a thread's
 * buffer is full, so there are as many samples as the flags of the JVM make buffers small; each
 * stands for what its thread has allocated since the one before.
 */
final class Profile {
  private static final String ALLOCATED = "jdk.ObjectAllocationSample";
  private static final String RAN = "jdk.ExecutionSample";

  private final Recording recording;

  /** What samples with one key come to. */
  private static final class Sum {
    private long bytes;
    private long samples;

    void add(long more) {
      bytes += more;
      samples++;
    }
  }

  private Profile(Recording recording) {
    this.recording = recording;
  }

  static Profile start() {
    Recording recording = new Recording();
    recording.enable(ALLOCATED).with("throttle", "off").withStackTrace();
    recording.enable(RAN).withPeriod(Duration.ofMillis(1)).withStackTrace();
    recording.start();
    return new Profile(recording);
  }

  /**
   * Ends it.
   *
   * @return a line for each class and site, {@code allocated OWNER CLASS SITE BYTES SAMPLES}, and
   *     each method, {@code ran OWNER METHOD SAMPLES}, with tabs between
   */
  List<String> stop() throws IOException {
    Path file = Files.createTempFile("serin-bench", ".jfr");
    try {
      recording.stop();
      recording.dump(file);
      recording.close();
      List<RecordedEvent> events = new ArrayList<>(RecordingFile.readAllEvents(file));
      events.sort(Comparator.comparing(RecordedEvent::getStartTime));
      return lines(events);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static List<String> lines(List<RecordedEvent> events) {
    Map<String, Sum> sums = new TreeMap<>();
    Set<Long> begun = new HashSet<>();
    for (RecordedEvent event : events) {
      switch (event.getEventType().getName()) {
        case ALLOCATED -> {
          // A thread's first sample stands for all that it has allocated before the recording.
          if (!begun.add(threadOf(event))) {
            sums.computeIfAbsent(allocated(event), key -> new Sum()).add(event.getLong("weight"));
          }
        }
        case RAN ->
            sums.computeIfAbsent(ran(frames(event.getStackTrace())), key -> new Sum()).add(0);
        default -> {} // the recorder adds events about itself
      }
    }
    List<String> lines = new ArrayList<>();
    sums.forEach((key, sum) ->
        lines.add(
            key.startsWith("ran")
                ? key + "\t" + sum.samples
                : key + "\t" + sum.bytes + "\t" + sum.samples));
    return lines;
  }

  private static long threadOf(RecordedEvent event) {
    RecordedThread thread = event.getThread();
    return thread == null ? -1 : thread.getOSThreadId();
  }

  private static String allocated(RecordedEvent event) {
    List<RecordedFrame> frames = frames(event.getStackTrace());
    List<RecordedFrame> libraries =
        frames.stream().filter(frame -> Owner.of(typeOf(frame)) != Owner.JDK).toList();
    Owner owner = libraries.isEmpty() ? Owner.JDK : Owner.of(typeOf(libraries.get(0)));
    return String.join(
        "\t",
        "allocated",
        owner.title(),
        readable(event.getClass("objectClass").getName()),
        site(libraries.isEmpty() ? frames : libraries));
  }

  /**
   * The frame that asks the JDK for memory and its caller, since one alone says little; and whose
   * doing it is, where both are a library's.
   */
  private static String site(List<RecordedFrame> frames) {
    String near = String.join(" < ", frames.stream().limit(2).map(Profile::name).toList());
    boolean library = frames.stream().limit(2).noneMatch(frame -> Owner.of(typeOf(frame)).serves());
    String far =
        frames.stream()
            .skip(2)
            .filter(frame -> library && Owner.of(typeOf(frame)).serves())
            .findFirst()
            .map(frame -> " < .. < " + name(frame))
            .orElse("");
    return near.isEmpty() ? "?" : near + far;
  }

  private static String ran(List<RecordedFrame> frames) {
    return frames.isEmpty()
        ? "ran\t" + Owner.OTHER.title() + "\t?"
        : "ran\t" + Owner.of(typeOf(frames.get(0))).title() + "\t" + name(frames.get(0));
  }

  private static List<RecordedFrame> frames(@Nullable RecordedStackTrace trace) {
    return trace == null ? List.of() : trace.getFrames();
  }

  private static String typeOf(RecordedFrame frame) {
    return frame.getMethod().getType().getName();
  }

  private static String name(RecordedFrame frame) {
    return plain(typeOf(frame)) + "." + frame.getMethod().getName();
  }

  /** A class as it is written in a program, without its package. */
  static String readable(String name) {
    int dimensions = name.lastIndexOf('[') + 1;
    String element = name.substring(dimensions);
    String type =
        dimensions == 0
            ? element
            : switch (element.charAt(0)) {
              case 'B' -> "byte";
              case 'C' -> "char";
              case 'D' -> "double";
              case 'F' -> "float";
              case 'I' -> "int";
              case 'J' -> "long";
              case 'S' -> "short";
              case 'Z' -> "boolean";
              default -> element.substring(1, element.length() - 1);
            };
    return plain(type) + "[]".repeat(dimensions);
  }

  /** Without its package, and of a lambda without the number that the JVM gave to it. */
  private static String plain(String type) {
    String named = type.replaceFirst("\\.0x[0-9a-f]+$", "");
    return named.substring(named.lastIndexOf('.') + 1);
  }
}

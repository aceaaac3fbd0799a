package dev.serin.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/** A recording of the JVM's flight recorder, summed up as text. */
final class Profile {
  private static final int ROWS = 20;

  /** Frames of a site that are printed: the allocation alone says little without its caller. */
  private static final int FRAMES = 4;

  private final Recording recording;

  private Profile(Recording recording) {
    this.recording = recording;
  }

  static Profile start() {
    Recording recording = new Recording();
    recording.enable("jdk.ObjectAllocationSample").with("throttle", "1000/s").withStackTrace();
    recording.enable("jdk.ExecutionSample").withPeriod(Duration.ofMillis(10)).withStackTrace();
    recording.start();
    return new Profile(recording);
  }

  /** Ends it: the sites that allocated most, then the methods that ran most. */
  List<String> stop() throws IOException {
    Path file = Files.createTempFile("serin-bench", ".jfr");
    try {
      recording.stop();
      recording.dump(file);
      recording.close();
      Map<String, Long> allocated = new HashMap<>();
      Map<String, Long> ran = new HashMap<>();
      for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
        switch (event.getEventType().getName()) {
          case "jdk.ObjectAllocationSample" ->
              allocated.merge(
                  event.getClass("objectClass").getName() + " < " + site(event.getStackTrace()),
                  event.getLong("weight"),
                  Long::sum);
          case "jdk.ExecutionSample" -> ran.merge(top(event.getStackTrace()), 1L, Long::sum);
          default -> {} // the recorder adds events about itself
        }
      }
      List<String> lines = new ArrayList<>();
      rows(lines, "allocated bytes, by class and site", allocated);
      rows(lines, "samples on a CPU, by method", ran);
      return lines;
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static void rows(List<String> lines, String title, Map<String, Long> weights) {
    long all = weights.values().stream().mapToLong(Long::longValue).sum();
    lines.add(title + ": " + all);
    weights.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(ROWS)
        .forEach(
            row -> lines.add("%5.1f %%  %s".formatted(100.0 * row.getValue() / all, row.getKey())));
  }

  private static String top(@Nullable RecordedStackTrace trace) {
    return trace == null || trace.getFrames().isEmpty() ? "?" : name(trace.getFrames().get(0));
  }

  private static String site(@Nullable RecordedStackTrace trace) {
    if (trace == null) {
      return "?";
    }
    return trace.getFrames().stream()
        .limit(FRAMES)
        .map(Profile::name)
        .collect(java.util.stream.Collectors.joining(" < "));
  }

  private static String name(RecordedFrame frame) {
    String type = frame.getMethod().getType().getName();
    return type.substring(type.lastIndexOf('.') + 1) + "." + frame.getMethod().getName();
  }
}

package dev.serin.bench;

import com.google.common.collect.ImmutableList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is run.
 *
 * @param scenarios in this order
 * @param servers in this order; ratios are Serin's figure over each one's
 * @param streams instead of each scenario's own number
 * @param pushes measured ones
 * @param warmUp pushes before them, instead of each scenario's own number
 * @param variants {@code sotw}, {@code delta}
 * @param clientThreads event loops of the simulated proxies
 * @param patience seconds in which a server must do what it is asked for
 * @param heap of the servers on the JVM, as {@code -Xmx} takes it
 * @param profile whether a profile of Serin's pushes is printed
 * @param goPeers the program of peers-go; empty: there is none
 */
record Options(
    ImmutableList<Scenario> scenarios,
    ImmutableList<ServerKind> servers,
    OptionalInt streams,
    int pushes,
    OptionalInt warmUp,
    ImmutableList<String> variants,
    int clientThreads,
    int patience,
    Optional<String> heap,
    boolean profile,
    Optional<Path> goPeers) {

  static final String USAGE =
      """
      usage: e2e/bench/run [SCENARIO...] [options]
        scenarios: %s (default: all)
        --servers LIST      of %s (default: all)
        --variants LIST     of sotw,delta (default: both)
        -n N                streams (overlay: virtual hosts), instead of each scenario's own number
        --pushes N          measured pushes (default 7; overlay: at least 15 steps)
        --warm-up N         pushes before them, instead of each scenario's own number
        --client-threads N  event loops of the simulated proxies (default 2)
        --patience SECONDS  in which a server has to do what it is asked for (default 120)
        --heap SIZE         of each server on the JVM (default: each scenario's own)
        --profile           what a push allocates, and where its CPU time goes, of every server on the JVM
      """
          .formatted(
              Scenario.words(),
              String.join(
                  ",",
                  java.util.Arrays.stream(ServerKind.values()).map(ServerKind::word).toList()));

  static Options parse(String[] args) {
    return parse(
        args,
        Optional.ofNullable(System.getProperty("serin.bench.go"))
            .map(Path::of)
            .filter(Files::exists));
  }

  static Options parse(String[] args, Optional<Path> goPeers) {
    List<Scenario> scenarios = new ArrayList<>();
    List<ServerKind> servers = new ArrayList<>(List.of(ServerKind.values()));
    OptionalInt streams = OptionalInt.empty();
    int pushes = 7;
    OptionalInt warmUp = OptionalInt.empty();
    List<String> variants = List.of("sotw", "delta");
    int clientThreads = 2;
    int patience = 120;
    Optional<String> heap = Optional.empty();
    boolean profile = false;
    for (int i = 0; i < args.length; i++) {
      String flag = args[i];
      if (!flag.startsWith("-")) {
        scenarios.add(Scenario.of(flag));
      } else if (flag.equals("--profile")) {
        profile = true;
      } else if (++i == args.length) {
        throw new IllegalArgumentException(flag + ": no value (expected: one)");
      } else {
        String value = args[i];
        switch (flag) {
          case "--servers" ->
              servers = List.of(value.split(",", -1)).stream().map(ServerKind::of).toList();
          case "--variants" -> variants = variants(value);
          case "-n" -> streams = OptionalInt.of(count(flag, value));
          case "--pushes" -> pushes = count(flag, value);
          case "--warm-up" -> warmUp = OptionalInt.of(count(flag, value));
          case "--client-threads" -> clientThreads = count(flag, value);
          case "--patience" -> patience = count(flag, value);
          case "--heap" -> heap = Optional.of(value);
          default -> throw new IllegalArgumentException("flag: " + flag + "\n" + USAGE);
        }
      }
    }
    return new Options(
        ImmutableList.copyOf(scenarios.isEmpty() ? List.of(Scenario.values()) : scenarios),
        servers.stream()
            .filter(kind -> !kind.isGo() || goPeers.isPresent())
            .collect(ImmutableList.toImmutableList()),
        streams,
        pushes,
        warmUp,
        ImmutableList.copyOf(variants),
        clientThreads,
        patience,
        heap,
        profile,
        goPeers);
  }

  private static List<String> variants(String value) {
    List<String> variants = List.of(value.split(",", -1));
    if (!List.of("sotw", "delta").containsAll(variants)) {
      throw new IllegalArgumentException(
          "--variants: \"" + value + "\" (expected: of sotw, delta)");
    }
    return variants;
  }

  private static int count(String flag, String value) {
    int count = Integer.parseInt(value);
    if (count < 1) {
      throw new IllegalArgumentException(flag + ": " + count + " (expected: 1 or more)");
    }
    return count;
  }

  /** Whether servers written in Go are left out because there is no program. */
  boolean skipped() {
    return goPeers.isEmpty();
  }

  /** The flags of a server on the JVM: the product's own, and a heap. */
  ImmutableList<String> javaFlags(Scenario scenario) {
    ImmutableList.Builder<String> flags = ImmutableList.builder();
    flags.add("-Xmx" + heap.orElse(scenario.heap()));
    flags.add("--enable-native-access=ALL-UNNAMED");
    if (Runtime.version().feature() >= 23) {
      flags.add("--sun-misc-unsafe-memory-access=allow");
    }
    if (Runtime.version().feature() >= 25) {
      flags.add("-XX:+UseCompactObjectHeaders");
    }
    return flags.add("-Djava.awt.headless=true").build();
  }
}

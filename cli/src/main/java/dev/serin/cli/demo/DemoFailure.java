package dev.serin.cli.demo;

/** Why a demo cannot run, in words for the person who started it; it prints no trace. */
public final class DemoFailure extends RuntimeException {
  DemoFailure(String message) {
    super(message, null, false, false);
  }
}

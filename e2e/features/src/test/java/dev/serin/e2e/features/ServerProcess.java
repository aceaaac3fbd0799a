package dev.serin.e2e.features;

import dev.serin.server.SerinServer;
import java.util.List;
import java.util.Map;

/** A server as a process of its own. Ends when its standard input does. */
final class ServerProcess {

  private ServerProcess() {}

  public static void main(String[] flags) throws Exception {
    SerinServer server = SerinServer.start(ServerUnderTest.config(List.of(flags)), Map.of());
    var unused = System.in.readAllBytes();
    server.close();
    System.exit(0);
  }
}

package dev.serin.bench.fleet;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import dev.serin.bench.content.Content;
import dev.serin.bench.content.XdsType;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One xDS stream of one proxy: it asks for clusters, their endpoints, listeners, their routes, in
 * Envoy's order, and answers every response. Everything here runs on its connection's event loop.
 */
@SuppressWarnings("EnumOrdinal") // an array by type is what a stream can afford
final class ProxyStream {
  private static final XdsType[] TYPES = XdsType.values();

  /** One that refuses stops after so many: a server that loops would never end. */
  static final int MOST_REFUSALS = 2_000;

  private final Fleet fleet;
  private final Connection connection;
  private final int index;
  private final int id;
  private final byte[] node;
  private final ResponseScanner scanner;
  private final int[] received = new int[TYPES.length];
  private final @Nullable Witness witness;
  private int asked;
  private boolean complete;

  /** What may still be sent, and what waits for more. */
  int window;

  final Deque<ByteBuf> waiting = new ArrayDeque<>();
  int unacknowledged;

  /** Set to refuse every RouteConfiguration from now on. */
  private volatile boolean refusing;

  private byte[] keptRoutes = {};
  private int refusals;
  private final Set<HashCode> refused = new HashSet<>();

  ProxyStream(Fleet fleet, Connection connection, int index, int id, @Nullable Witness witness) {
    this.fleet = fleet;
    this.connection = connection;
    this.index = index;
    this.id = id;
    this.node = fleet.requests().node(Content.nodeId(index));
    this.witness = witness;
    this.scanner = new ResponseScanner(fleet.delta(), fleet, this::onResponse);
  }

  /** Its number on the connection. */
  int id() {
    return id;
  }

  void begin() {
    askNext();
  }

  void refuseFromNowOn() {
    refusing = true;
  }

  /** Bytes of gRPC messages. */
  void read(ByteBuf in, int length) {
    if (witness != null) {
      witness.read(in, length);
    }
    scanner.read(in, length);
  }

  private void askNext() {
    XdsType type = TYPES[asked++];
    connection.send(this, out -> fleet.requests().ask(out, node, type));
  }

  private void onResponse() {
    XdsType type = XdsType.of(scanner.typeUrl, scanner.typeUrlLength);
    fleet.counted();
    received[type.ordinal()] += scanner.resources;
    answer(type);
    // Last, so that whoever waits for it finds the answer counted.
    if (scanner.marked) {
      fleet.seen(index);
    }
    boolean whole = received[type.ordinal()] >= fleet.expected(type);
    if (whole && type.ordinal() == asked - 1) {
      if (asked < TYPES.length) {
        askNext();
      } else if (!complete) {
        complete = true;
        fleet.completed();
      }
    }
  }

  private void answer(XdsType type) {
    if (refusing && type == XdsType.ROUTES) {
      refusals++;
      fleet.refused(!refused.add(Hashing.sha256().hashBytes(scanner.routesHead())));
      if (refusals <= MOST_REFUSALS) {
        connection.send(this, out -> fleet.requests().refuse(out, node, type, keptRoutes, scanner));
      }
      return;
    }
    if (type == XdsType.ROUTES && fleet.mayRefuse(index)) {
      keptRoutes = Arrays.copyOf(scanner.version, scanner.versionLength);
    }
    connection.send(this, out -> fleet.requests().accept(out, node, type, scanner));
  }
}

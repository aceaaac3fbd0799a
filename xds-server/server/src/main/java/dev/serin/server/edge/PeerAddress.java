package dev.serin.server.edge;

import com.google.common.net.InetAddresses;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The place that a peer's limits go by.
 *
 * @param address an IPv4 address, or the first address of an IPv6 /64: who has one of those has all
 */
record PeerAddress(InetAddress address) {
  private static final int NETWORK_BYTES = 8;
  private static final PeerAddress HERE = new PeerAddress(InetAddress.getLoopbackAddress());

  static PeerAddress of(@Nullable SocketAddress remote) {
    if (!(remote instanceof InetSocketAddress inet) || inet.getAddress() == null) {
      return HERE; // a socket of this machine that has no address
    }
    if (!(inet.getAddress() instanceof Inet6Address six)) {
      return new PeerAddress(inet.getAddress());
    }
    byte[] bytes = six.getAddress();
    Arrays.fill(bytes, NETWORK_BYTES, bytes.length, (byte) 0);
    try {
      return new PeerAddress(InetAddress.getByAddress(bytes));
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible); // sixteen bytes are an address
    }
  }

  @Override
  public String toString() {
    return InetAddresses.toAddrString(address);
  }
}

package dev.serin.notify;

import com.sun.net.httpserver.HttpServer;
import dev.serin.spi.NotifierContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A receiver over HTTP on this machine. */
final class HttpReceiver implements NotifierContract.Receiver, AutoCloseable {

  /** A call as it came. */
  record Call(String id, String signature, String type, String body) {}

  final List<Call> calls = new CopyOnWriteArrayList<>();
  private final HttpServer server;
  private volatile int status = 202;

  HttpReceiver() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext(
        "/",
        call -> {
          String body = new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          var headers = call.getRequestHeaders();
          calls.add(
              new Call(
                  String.valueOf(headers.getFirst("x-serin-id")),
                  String.valueOf(headers.getFirst("x-serin-signature")),
                  String.valueOf(headers.getFirst("content-type")),
                  body));
          call.sendResponseHeaders(status, -1);
          call.close();
        });
    server.start();
  }

  String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  @Override
  public List<String> received() {
    return calls.stream().map(call -> call.id() + "\n" + call.body()).toList();
  }

  @Override
  public void isBusy() {
    status = 503;
  }

  @Override
  public void refuses() {
    status = 404;
  }

  @Override
  public void isGone() {
    server.stop(0);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}

package dev.serin.notify;

import dev.serin.spi.NotifierContract;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

/** A mail server on this machine: RFC 5321 without any extension but AUTH, which it only offers. */
final class SmtpReceiver implements NotifierContract.Receiver, AutoCloseable {

  private final ServerSocket server;
  private final List<String> commands = new CopyOnWriteArrayList<>();
  private final List<String> mails = new CopyOnWriteArrayList<>();
  private volatile String answerToMail = "250 ok";

  SmtpReceiver() {
    try {
      server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::serve);
  }

  int port() {
    return server.getLocalPort();
  }

  List<String> commands() {
    return commands;
  }

  private void serve() {
    while (!server.isClosed()) {
      try (Socket client = server.accept()) {
        talk(client);
      } catch (IOException goneOrClosed) {
        // the next one, or the end
      }
    }
  }

  private void talk(Socket client) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
    say(client, "220 test ESMTP");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      commands.add(line);
      String verb = line.split(" ", 2)[0].toUpperCase(Locale.ROOT);
      switch (verb) {
        case "EHLO" -> {
          say(client, "250-test");
          say(client, "250 AUTH PLAIN LOGIN");
        }
        case "MAIL" -> say(client, answerToMail);
        case "DATA" -> {
          say(client, "354 go on");
          StringBuilder mail = new StringBuilder();
          for (String part = in.readLine(); part != null && !part.equals("."); ) {
            mail.append(part).append('\n');
            part = in.readLine();
          }
          mails.add(mail.toString());
          say(client, "250 taken");
        }
        case "QUIT" -> {
          say(client, "221 bye");
          return;
        }
        default -> say(client, "250 ok");
      }
    }
  }

  private static void say(Socket client, String line) throws IOException {
    OutputStream out = client.getOutputStream();
    out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  @Override
  public List<String> received() {
    return mails;
  }

  @Override
  public void isBusy() {
    answerToMail = "451 later";
  }

  @Override
  public void refuses() {
    answerToMail = "550 never";
  }

  @Override
  public void isGone() {
    close();
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

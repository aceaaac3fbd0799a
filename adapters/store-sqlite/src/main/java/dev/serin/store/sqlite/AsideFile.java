package dev.serin.store.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * A short text beside the database, for when that does not take writes: its room is there before it
 * is needed, so that a full disk takes it, and nobody locks it. Two places are written in turn,
 * each with a number and a checksum: a write that was cut off leaves the text before it.
 *
 * <p>Thread-safe; it never waits for the database.
 */
final class AsideFile implements AutoCloseable {
  private static final int PLACE = 64 * 1024;

  /** Number, length and checksum. */
  private static final int HEAD = Long.BYTES + Integer.BYTES + Long.BYTES;

  static final int MAX_BYTES = PLACE - HEAD;

  private final FileChannel channel;
  private long number;
  private String text = "";

  private AsideFile(FileChannel channel) {
    this.channel = channel;
  }

  static AsideFile open(Path database) throws IOException {
    Path file = database.resolveSibling(database.getFileName() + ".aside");
    PrivateFiles.createIfMissing(file);
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    AsideFile aside = new AsideFile(channel);
    try {
      aside.begin();
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    return aside;
  }

  private synchronized void begin() throws IOException {
    if (channel.size() < 2L * PLACE) {
      write(0, ByteBuffer.allocate(2 * PLACE));
      channel.force(true);
    }
    for (int place = 0; place < 2; place++) {
      read(place);
    }
  }

  private void read(int place) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(PLACE);
    while (bytes.hasRemaining()
        && channel.read(bytes, (long) place * PLACE + bytes.position()) >= 0) {
      // on to the next part
    }
    bytes.flip();
    long found = bytes.getLong();
    int length = bytes.getInt();
    long checksum = bytes.getLong();
    if (found <= number || length < 0 || length > MAX_BYTES) {
      return;
    }
    byte[] body = Arrays.copyOfRange(bytes.array(), HEAD, HEAD + length);
    if (checksum(found, body) == checksum) {
      number = found;
      text = new String(body, StandardCharsets.UTF_8);
    }
  }

  synchronized String text() {
    return text;
  }

  synchronized void keep(String next) throws IOException {
    byte[] body = next.getBytes(StandardCharsets.UTF_8);
    if (body.length > MAX_BYTES) {
      throw new IOException(body.length + " bytes (expected: at most " + MAX_BYTES + ")");
    }
    if (next.equals(text)) {
      return;
    }
    long mine = number + 1;
    ByteBuffer bytes = ByteBuffer.allocate(HEAD + body.length);
    bytes.putLong(mine).putInt(body.length).putLong(checksum(mine, body)).put(body).flip();
    write(mine % 2 * PLACE, bytes);
    channel.force(false);
    number = mine;
    text = next;
  }

  private void write(long at, ByteBuffer bytes) throws IOException {
    long position = at;
    while (bytes.hasRemaining()) {
      position += channel.write(bytes, position);
    }
  }

  private static long checksum(long number, byte[] body) {
    CRC32 crc = new CRC32();
    crc.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
    crc.update(body);
    return crc.getValue();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

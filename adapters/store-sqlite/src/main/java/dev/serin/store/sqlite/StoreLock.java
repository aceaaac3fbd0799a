package dev.serin.store.sqlite;

import dev.serin.spi.StoreException;
import dev.serin.spi.StoreException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a second server from a file that has one already.
 *
 * <p>The lock is on a file beside the database: opening and closing the database itself would drop
 * the POSIX locks that SQLite holds in this process. The kernel releases it with the process,
 * however that ends, so a lock file that is left behind means nothing.
 */
final class StoreLock implements AutoCloseable {

  private final FileChannel channel;

  private StoreLock(FileChannel channel) {
    this.channel = channel;
  }

  static StoreLock acquire(Path database) throws StoreException, IOException {
    Path file = database.resolveSibling(database.getFileName() + ".lock");
    PrivateFiles.createIfMissing(file);
    FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
    boolean held = false;
    try {
      if (tryLock(channel) == null) {
        throw new StoreException(
            Kind.UNAVAILABLE,
            "%s is in use by another Serin server%s (expected: one server a store; stop that one, or give this one a store.sqlite.path of its own)"
                .formatted(database, holder(file)));
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8)));
      held = true;
      return new StoreLock(channel);
    } finally {
      if (!held) {
        channel.close();
      }
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /** The holder writes its process id just after it locks, so the id can still be missing. */
  private static String holder(Path file) throws IOException {
    String pid = Files.readString(file).trim();
    return pid.isEmpty() ? "" : ", process " + pid;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

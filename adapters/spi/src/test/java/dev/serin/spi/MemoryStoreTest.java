package dev.serin.spi;

import java.nio.file.Path;

final class MemoryStoreTest extends StoreContract {

  private final MemoryStore remembered = new MemoryStore();

  @Override
  protected Store open(Path folder) {
    return remembered;
  }
}

package dev.serin.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ProfileTest {
  /** Far more than the allocation buffers of a JVM hold, whatever its flags. */
  private static final int ARRAYS = 200_000;

  private static final int LONGS = 500;

  private long[] last = {};

  @Test
  void whatIsAllocatedIsToldByItsClassAndTheCodeThatAskedForIt() throws IOException {
    Profile profile = Profile.start();
    allocate();
    List<String> arrays =
        profile.stop().stream()
            .filter(line -> line.startsWith("allocated\tthe benchmark's peer\tlong[]\t"))
            .toList();
    assertThat(last).hasSize(LONGS);
    assertThat(arrays).isNotEmpty().allMatch(line -> line.contains("\tProfileTest.allocate"));
    long bytes = arrays.stream().mapToLong(line -> Long.parseLong(line.split("\t", -1)[4])).sum();
    // The first sample is not counted, so that a buffer's worth is missing.
    assertThat(bytes).isBetween(ARRAYS * LONGS * 4L, ARRAYS * LONGS * 12L);
  }

  @Test
  void aClassReadsAsItIsWritten() {
    assertThat(Profile.readable("[B")).isEqualTo("byte[]");
    assertThat(Profile.readable("[[J")).isEqualTo("long[][]");
    assertThat(Profile.readable("[Ljava.lang.Object;")).isEqualTo("Object[]");
    assertThat(Profile.readable("java.util.Map$Entry")).isEqualTo("Map$Entry");
    assertThat(Profile.readable("dev.serin.A$$Lambda.0x000000007c41fa90")).isEqualTo("A$$Lambda");
  }

  @Test
  void codeBelongsToTheMostParticularOwner() {
    assertThat(Owner.of("dev.serin.bench.peer.SerinPeer")).isEqualTo(Owner.BENCH);
    assertThat(Owner.of("dev.serin.ads.Session")).isEqualTo(Owner.SERIN);
    assertThat(Owner.of("com.google.protobuf.ByteString")).isEqualTo(Owner.PROTOBUF);
    assertThat(Owner.of("java.util.ArrayList")).isEqualTo(Owner.JDK);
    assertThat(Owner.of("org.slf4j.Logger")).isEqualTo(Owner.OTHER);
  }

  private void allocate() {
    for (int i = 0; i < ARRAYS; i++) {
      last = new long[LONGS];
    }
  }
}

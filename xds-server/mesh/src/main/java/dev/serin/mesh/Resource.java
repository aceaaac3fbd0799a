package dev.serin.mesh;

import com.google.common.collect.ImmutableSortedSet;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One xDS resource as it is served: encoded once, when its content changes.
 *
 * <p>The version is a SHA-256 over the encoded bytes (and, for endpoints, over those of the cluster
 * that names them, so that a changed cluster re-sends its endpoints: Envoy warms it again and waits
 * for them). Equal content therefore has an equal version on every replica and after every restart.
 */
public final class Resource {
  private static final String PREFIX = "s1-";
  private static final String UNRESOLVED = "unresolved";

  private final String name;
  private final Any body;
  private final String version;
  private final ImmutableSortedSet<String> aliases;

  // Made when first sent. A race makes equal ones twice, which does no harm.
  private byte @Nullable [] fullPrefix;
  private byte @Nullable [] deltaPrefix;

  private Resource(String name, Any body, String version, ImmutableSortedSet<String> aliases) {
    this.name = name;
    this.body = body;
    this.version = version;
    this.aliases = aliases;
  }

  /**
   * A resource whose version is the hash of its own bytes; {@code value} must be encoded
   * deterministically.
   */
  public static Resource of(String typeUrl, String name, ByteString value) {
    return of(typeUrl, name, value, ByteString.EMPTY);
  }

  /**
   * What is said of a name that nothing goes by where the name has to come as a resource: one
   * without a body, which has its name for an alias.
   */
  public static Resource unresolved(String typeUrl, String name) {
    return new Resource(
        name,
        Any.newBuilder().setTypeUrl(typeUrl).build(),
        UNRESOLVED,
        ImmutableSortedSet.of(name));
  }

  /** A resource whose version also covers {@code companion}, the bytes of another resource. */
  public static Resource of(String typeUrl, String name, ByteString value, ByteString companion) {
    String hash =
        Hashing.sha256()
            .newHasher()
            .putInt(value.size())
            .putBytes(value.asReadOnlyByteBuffer())
            .putBytes(companion.asReadOnlyByteBuffer())
            .hash()
            .toString()
            .substring(0, 32);
    return new Resource(
        name,
        Any.newBuilder().setTypeUrl(typeUrl).setValue(value).build(),
        PREFIX + hash,
        ImmutableSortedSet.of());
  }

  /**
   * The same under more names, by which a client may ask for it as well: a virtual host under each
   * of its domains. Incremental responses carry them; its version covers them.
   */
  public Resource withAliases(Collection<String> more) {
    if (more.isEmpty()) {
      return this;
    }
    ImmutableSortedSet<String> all =
        ImmutableSortedSet.<String>naturalOrder().addAll(aliases).addAll(more).build();
    Hasher hasher = Hashing.sha256().newHasher();
    for (String alias : all) {
      hasher.putString(alias, StandardCharsets.UTF_8).putByte((byte) 0);
    }
    String hash =
        hasher.putString(version, StandardCharsets.UTF_8).hash().toString().substring(0, 32);
    return new Resource(name, body, PREFIX + hash, all);
  }

  public String typeUrl() {
    return body.getTypeUrl();
  }

  public String name() {
    return name;
  }

  /** Its other names; none for most. */
  public ImmutableSortedSet<String> aliases() {
    return aliases;
  }

  /** Whether there is nothing but the name. */
  public boolean isUnresolved() {
    return version.equals(UNRESOLVED);
  }

  /** The encoded resource as it travels in a response. */
  public Any body() {
    return body;
  }

  /** The encoded resource itself, which every response shares. */
  public ByteString value() {
    return body.getValue();
  }

  /**
   * What precedes {@link #value()} where this is an element of {@code DiscoveryResponse.resources}.
   * Not to be written to.
   */
  public byte[] fullPrefix() {
    byte[] made = fullPrefix;
    if (made == null) {
      made = ResourceFraming.full(this);
      fullPrefix = made;
    }
    return made;
  }

  /**
   * What precedes {@link #value()} where this is an element of {@code
   * DeltaDiscoveryResponse.resources}. Not to be written to.
   */
  public byte[] deltaPrefix() {
    byte[] made = deltaPrefix;
    if (made == null) {
      made = ResourceFraming.delta(this);
      deltaPrefix = made;
    }
    return made;
  }

  /** {@code s1-} and 32 hexadecimal digits. */
  public String version() {
    return version;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Resource that
        && name.equals(that.name)
        && typeUrl().equals(that.typeUrl())
        && version.equals(that.version);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, version);
  }

  @Override
  public String toString() {
    return typeUrl() + "/" + name + "@" + version;
  }
}

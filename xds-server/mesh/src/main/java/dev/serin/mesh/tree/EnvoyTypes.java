package dev.serin.mesh.tree;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The messages of Envoy's API that are on the class path, by type URL. */
final class EnvoyTypes {
  private static final ConcurrentHashMap<String, Optional<Message>> KNOWN =
      new ConcurrentHashMap<>();

  /** Names from a file are not kept without end. */
  private static final int MAX_KNOWN = 5_000;

  private EnvoyTypes() {}

  /** The default instance of the type; empty for one that we have no class of. */
  static Optional<Message> find(String typeUrl) {
    String name = typeUrl.substring(typeUrl.lastIndexOf('/') + 1);
    Optional<Message> known = KNOWN.get(name);
    if (known == null) {
      known = load(name);
      if (KNOWN.size() < MAX_KNOWN) {
        KNOWN.put(name, known);
      }
    }
    return known;
  }

  static Optional<Descriptor> descriptor(String typeUrl) {
    return find(typeUrl).map(Message::getDescriptorForType);
  }

  /** Java's names follow from those of the proto files. */
  private static Optional<Message> load(String name) {
    String java;
    if (name.startsWith("envoy.")) {
      java = "io.envoyproxy." + name;
    } else if (name.startsWith("xds.")) {
      java = "com.github." + name;
    } else if (name.startsWith("udpa.")) {
      java = "com.github.udpa." + name;
    } else if (name.startsWith("google.protobuf.")) {
      java = "com." + name;
    } else {
      return Optional.empty();
    }
    try {
      Class<?> type = Class.forName(java, false, EnvoyTypes.class.getClassLoader());
      if (!Message.class.isAssignableFrom(type)) {
        return Optional.empty();
      }
      Object instance = type.getMethod("getDefaultInstance").invoke(null);
      return instance instanceof Message message
              && message.getDescriptorForType().getFullName().equals(name)
          ? Optional.of(message)
          : Optional.empty();
    } catch (ReflectiveOperationException | LinkageError none) {
      return Optional.empty();
    }
  }
}

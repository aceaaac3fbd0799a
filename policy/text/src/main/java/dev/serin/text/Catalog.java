package dev.serin.text;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;
import java.util.List;
import java.util.Optional;

/** The resources that are there already. */
public interface Catalog {

  /** Nothing is there, or nothing can be seen. */
  Catalog EMPTY =
      new Catalog() {
        @Override
        public List<MeshService> services() {
          return ImmutableList.of();
        }

        @Override
        public boolean hasPolicy(ResourceName name) {
          return false;
        }

        @Override
        public boolean hasChannel(ResourceName name) {
          return false;
        }
      };

  /** Of all tenants. */
  List<MeshService> services();

  default Optional<MeshService> service(ResourceName name) {
    return services().stream().filter(s -> s.name().equals(name)).findFirst();
  }

  /** Whether there is a policy of that name; the built-in {@code default} is never asked for. */
  boolean hasPolicy(ResourceName name);

  /** Whether there is a channel of that name. */
  boolean hasChannel(ResourceName name);
}

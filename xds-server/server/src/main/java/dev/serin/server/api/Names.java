package dev.serin.server.api;

import com.google.common.base.Splitter;
import dev.serin.policy.ResourceName;
import dev.serin.v1.Metadata;
import java.util.List;

/** Full resource names of the API: {@code tenants/TENANT/COLLECTION/NAME}. */
final class Names {
  static final String SERVICES = "services";
  static final String POLICIES = "policies";
  static final String ROLLOUTS = "rollouts";
  static final String FREEZES = "freezeWindows";
  static final String CHANNELS = "channels";
  static final String RELEASES = "releases";

  /** In a parent: every tenant. */
  static final String ANY_TENANT = "-";

  private Names() {}

  static String full(String collection, ResourceName name) {
    return "tenants/" + name.tenant() + "/" + collection + "/" + name.name();
  }

  /** Parses a full name; refuses what is none with INVALID_ARGUMENT. */
  static ResourceName parse(String collection, String fullName) {
    List<String> parts = Splitter.on('/').splitToList(fullName);
    if (parts.size() != 4
        || !parts.get(0).equals("tenants")
        || !parts.get(2).equals(collection)
        || !ResourceName.isLegal(parts.get(1))
        || !ResourceName.isLegal(parts.get(3))) {
      throw Replies.badField(
          "name", fullName + " (expected: tenants/TENANT/" + collection + "/NAME)");
    }
    return new ResourceName(parts.get(1), parts.get(3));
  }

  /** Of a resource in a request, by its full name or else by its metadata. */
  static ResourceName of(String collection, String fullName, Metadata metadata) {
    if (!fullName.isEmpty()) {
      return parse(collection, fullName);
    }
    return parse(
        collection, "tenants/" + tenantOf(metadata) + "/" + collection + "/" + metadata.getName());
  }

  /** The metadata of a resource that is created in {@code tenants/TENANT}, under an id if given. */
  static Metadata placed(Metadata metadata, String parent, String id) {
    Metadata.Builder placed = metadata.toBuilder().setTenant(tenant(parent));
    return id.isEmpty() ? placed.build() : placed.setName(id).build();
  }

  /** The tenant that a resource names, or else the default one. */
  static String tenantOf(Metadata metadata) {
    return metadata.getTenant().isEmpty() ? ResourceName.DEFAULT_TENANT : metadata.getTenant();
  }

  /**
   * A key that sorts as the names do; a slash would not, for the hyphen of a longer tenant sorts
   * before it.
   */
  static String pageKey(ResourceName name) {
    return name.tenant() + " " + name.name();
  }

  /**
   * Whether a resource is the tenant's.
   *
   * @param tenant or {@link #ANY_TENANT}
   */
  static boolean isOf(String tenant, ResourceName name) {
    return tenant.equals(ANY_TENANT) || name.tenant().equals(tenant);
  }

  /** The tenant of {@code tenants/TENANT}, or {@link #ANY_TENANT}. */
  static String tenant(String parent) {
    String tenant = parent.startsWith("tenants/") ? parent.substring("tenants/".length()) : "";
    if (!tenant.equals(ANY_TENANT) && !ResourceName.isLegal(tenant)) {
      throw Replies.badField("parent", parent + " (expected: tenants/TENANT, or tenants/-)");
    }
    return tenant;
  }
}

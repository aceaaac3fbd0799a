package dev.serin.server.api;

import static dev.serin.server.api.ApiBench.failure;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.FieldMask;
import dev.serin.v1.AnyResource;
import dev.serin.v1.ApplyRequest;
import dev.serin.v1.CanaryPolicy;
import dev.serin.v1.Channel;
import dev.serin.v1.ChannelSpec;
import dev.serin.v1.CreateChannelRequest;
import dev.serin.v1.DeleteChannelRequest;
import dev.serin.v1.GetChannelRequest;
import dev.serin.v1.ListChannelsRequest;
import dev.serin.v1.Metadata;
import dev.serin.v1.Notify;
import dev.serin.v1.UpdateChannelRequest;
import io.grpc.Status;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Channels over the API, alone and beside the policies that name them. */
class ChannelApiTest {
  private static final String ROOM = "tenants/shop/channels/room";

  private ApiBench api;

  @BeforeEach
  void open() throws IOException {
    api = new ApiBench();
  }

  @AfterEach
  void end() {
    api.close();
  }

  private static ChannelSpec.Builder at(String url) {
    ChannelSpec.Builder spec = ChannelSpec.newBuilder();
    spec.getCloudEventsBuilder().setUrl(url);
    return spec;
  }

  private Channel get() {
    return api.policies.getChannel(GetChannelRequest.newBuilder().setName(ROOM).build());
  }

  private void delete(String etag) {
    var ignored =
        api.policies.deleteChannel(
            DeleteChannelRequest.newBuilder().setName(ROOM).setEtag(etag).build());
  }

  @Test
  void a_channel_is_created_shown_listed_changed_and_deleted() {
    Channel made =
        api.policies.createChannel(
            CreateChannelRequest.newBuilder()
                .setParent("tenants/shop")
                .setChannelId("room")
                .setChannel(Channel.newBuilder().setSpec(at("http://broker.example/")))
                .build());
    assertThat(made.getName()).isEqualTo(ROOM);
    assertThat(made.getSpec().getTemplates().getText()).contains("{{reason}}");
    assertThat(get()).isEqualTo(made);
    assertThat(
            api.policies
                .listChannels(ListChannelsRequest.newBuilder().setParent("tenants/-").build())
                .getChannelsList())
        .containsExactly(made);

    Channel changed =
        api.policies.updateChannel(
            UpdateChannelRequest.newBuilder()
                .setChannel(
                    Channel.newBuilder()
                        .setName(ROOM)
                        .setEtag(made.getEtag())
                        .setSpec(at("http://other.example/")))
                .setUpdateMask(FieldMask.newBuilder().addPaths("spec.cloud_events"))
                .build());
    assertThat(changed.getSpec().getCloudEvents().getUrl()).isEqualTo("http://other.example/");
    assertThat(failure(() -> delete(made.getEtag())).getStatus().getCode())
        .isEqualTo(Status.Code.ABORTED);
    delete(changed.getEtag());
    assertThat(failure(this::get).getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
  }

  private static AnyResource policy() {
    CanaryPolicy.Builder policy =
        CanaryPolicy.newBuilder()
            .setMetadata(Metadata.newBuilder().setTenant("shop").setName("telling"));
    policy
        .getSpecBuilder()
        .addNotify(Notify.newBuilder().setChannel("room").addEvents(Notify.Event.HELD));
    return AnyResource.newBuilder().setCanaryPolicy(policy).build();
  }

  private static AnyResource channel(ChannelSpec.Builder spec) {
    return AnyResource.newBuilder()
        .setChannel(
            Channel.newBuilder()
                .setMetadata(Metadata.newBuilder().setTenant("shop").setName("room"))
                .setSpec(spec))
        .build();
  }

  @Test
  void a_policy_is_applied_beside_the_channel_that_it_names() {
    var refused = api.resources.apply(ApplyRequest.newBuilder().addResources(policy()).build());
    assertThat(refused.getResultsList()).isEmpty();
    assertThat(refused.getProblemsList())
        .extracting(problem -> problem.getProblem().getPath())
        .contains("spec.notify[0].channel");

    var unsound =
        api.resources.apply(
            ApplyRequest.newBuilder()
                .addResources(policy())
                .addResources(channel(ChannelSpec.newBuilder()))
                .build());
    assertThat(unsound.getProblemsList())
        .extracting(problem -> problem.getProblem().getPath())
        .contains("spec")
        .doesNotContain("spec.notify[0].channel");

    var applied =
        api.resources.apply(
            ApplyRequest.newBuilder()
                .addResources(policy())
                .addResources(channel(at("http://broker.example/")))
                .build());
    assertThat(applied.getResultsList()).hasSize(2);
    assertThat(applied.getResults(1).getResource().getChannel()).isEqualTo(get());
    assertThat(failure(() -> delete("")).getStatus().getCode())
        .isEqualTo(Status.Code.FAILED_PRECONDITION);
  }
}

package dev.serin.server.csds;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.xds.core.v3.TypedExtensionConfig;
import dev.serin.server.csds.NodeMatch.Reading;
import io.envoyproxy.envoy.service.status.v3.ClientStatusRequest;
import io.envoyproxy.envoy.type.matcher.v3.NodeMatcher;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StructMatcher;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NodeMatchTest {
  private static final List<String> NODES = List.of("gateway-1", "gateway-2", "GATEWAY-3", "side");

  private static StringMatcher.Builder text() {
    return StringMatcher.newBuilder();
  }

  private static StringMatcher regex(String regex) {
    return text().setSafeRegex(RegexMatcher.newBuilder().setRegex(regex)).build();
  }

  private static ClientStatusRequest request(StringMatcher... matchers) {
    ClientStatusRequest.Builder request = ClientStatusRequest.newBuilder();
    for (StringMatcher matcher : matchers) {
      request.addNodeMatchers(NodeMatcher.newBuilder().setNodeId(matcher));
    }
    return request.build();
  }

  /** Asks for two things that are not supported. */
  static ClientStatusRequest wrong() {
    return ClientStatusRequest.newBuilder()
        .addNodeMatchers(
            NodeMatcher.newBuilder().addNodeMetadatas(StructMatcher.getDefaultInstance()))
        .addNodeMatchers(NodeMatcher.newBuilder().setNodeId(regex("(")))
        .build();
  }

  static Stream<Arguments> matchers() {
    return Stream.of(
        Arguments.of(text().setExact("gateway-1").build(), List.of("gateway-1")),
        Arguments.of(
            text().setExact("gateway-3").setIgnoreCase(true).build(), List.of("GATEWAY-3")),
        Arguments.of(text().setPrefix("gateway").build(), List.of("gateway-1", "gateway-2")),
        Arguments.of(
            text().setPrefix("gateway").setIgnoreCase(true).build(),
            List.of("gateway-1", "gateway-2", "GATEWAY-3")),
        Arguments.of(text().setSuffix("-2").build(), List.of("gateway-2")),
        Arguments.of(text().setContains("id").build(), List.of("side")),
        Arguments.of(regex("gateway-[0-9]"), List.of("gateway-1", "gateway-2")),
        // The whole id is matched, and the case as it is.
        Arguments.of(regex("gateway"), List.of()),
        Arguments.of(
            regex("gateway-3").toBuilder().setIgnoreCase(true).build(), List.<String>of()));
  }

  @ParameterizedTest
  @MethodSource("matchers")
  void nodesAreChosenAsEnvoyMatchesStrings(StringMatcher matcher, List<String> expected) {
    assertThat(chosen(request(matcher))).isEqualTo(expected);
  }

  @Test
  void matchersAddUpAndNoneOrAnEmptyOneIsEverybody() {
    assertThat(chosen(request(text().setExact("side").build(), text().setSuffix("-1").build())))
        .containsExactly("gateway-1", "side");
    assertThat(chosen(ClientStatusRequest.getDefaultInstance())).isEqualTo(NODES);
    assertThat(
            chosen(
                ClientStatusRequest.newBuilder()
                    .addNodeMatchers(NodeMatcher.getDefaultInstance())
                    .build()))
        .isEqualTo(NODES);
  }

  @Test
  void whatIsNotSupportedIsSaidAllAtOnce() {
    List<String> problems = problems(wrong());
    assertThat(problems).hasSize(2);
    assertThat(problems.get(0))
        .startsWith("node_matchers[0].node_metadatas: not supported (expected: node_id");
    assertThat(problems.get(1))
        .startsWith("node_matchers[1].node_id.safe_regex: ")
        .endsWith("(expected: RE2 syntax)");
  }

  @Test
  void whatCostsTooMuchIsRefused() {
    assertThat(problems(request(regex("x".repeat(257)))))
        .containsExactly(
            "node_matchers[0].node_id.safe_regex: 257 characters (expected: at most 256)");
    assertThat(problems(request(regex("(a{30}){20}"))))
        .singleElement()
        .asString()
        .contains("instructions (expected: at most 100)");
    assertThat(problems(request(regex("((((a{99}){99}){99}){99})"))))
        .containsExactly(
            "node_matchers[0].node_id.safe_regex: repeats a part 96059601 times (expected: at most"
                + " 1000)");
    assertThat(problems(request(text().setExact("x".repeat(1_025)).build())))
        .containsExactly(
            "node_matchers[0].node_id.exact: 1025 characters (expected: at most 1024)");
    StringMatcher[] many = new StringMatcher[101];
    Arrays.fill(many, text().setExact("a").build());
    assertThat(problems(request(many)))
        .containsExactly("node_matchers: 101 (expected: at most 100)");
    StringMatcher[] regexes = new StringMatcher[11];
    Arrays.fill(regexes, regex("a"));
    assertThat(problems(request(regexes)))
        .containsExactly("node_matchers: 11 with safe_regex (expected: at most 10)");
  }

  @Test
  void aPatternThatIsNotThereOrForeignIsAProblem() {
    assertThat(problems(request(StringMatcher.getDefaultInstance())))
        .singleElement()
        .asString()
        .startsWith("node_matchers[0].node_id: no pattern");
    StringMatcher custom = text().setCustom(TypedExtensionConfig.newBuilder().setName("x")).build();
    assertThat(problems(request(custom)))
        .singleElement()
        .asString()
        .startsWith("node_matchers[0].node_id.custom: not supported");
  }

  private static List<String> chosen(ClientStatusRequest request) {
    if (NodeMatch.read(request) instanceof Reading.Understood(var nodes)) {
      return NODES.stream().filter(nodes).toList();
    }
    throw new AssertionError(problems(request));
  }

  private static List<String> problems(ClientStatusRequest request) {
    return NodeMatch.read(request) instanceof Reading.Wrong(List<String> problems)
        ? problems
        : List.of();
  }
}

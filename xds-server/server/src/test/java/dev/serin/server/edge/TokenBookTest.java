package dev.serin.server.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedSet;
import dev.serin.server.config.SecretRef;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenBookTest {

  @Test
  void aTokenHasItsActorAndNearlyATokenHasNone() {
    TokenBook book = TestApi.tokens();
    assertThat(book.actor("0123456789abcdef").map(Actor::name)).contains("Ann");
    assertThat(book.actor("fedcba9876543210").map(Actor::name)).contains("Bob");
    assertThat(book.actor("0123456789abcdeg")).isEmpty();
    assertThat(book.actor("0123456789abcde")).isEmpty();
    assertThat(book.actor("")).isEmpty();
  }

  @Test
  void anActorHasTheRolesThatStandAfterTheName() {
    TokenBook.Reading reading =
        TokenBook.parse(
            """
            0123456789abcdef Ann Lee roles=sre,dba
            fedcba9876543210 Bob
            """);
    TokenBook book = ((TokenBook.Reading.Read) reading).book();
    assertThat(book.actor("0123456789abcdef"))
        .contains(new Actor("Ann Lee", Optional.of(ImmutableSortedSet.of("dba", "sre"))));
    // No roles is not the same as nobody's roles being known.
    assertThat(book.actor("fedcba9876543210"))
        .contains(new Actor("Bob", Optional.of(ImmutableSortedSet.of())));
    assertThat(TokenBook.parse("0123456789abcdef Ann roles=SRE"))
        .isInstanceOf(TokenBook.Reading.Unreadable.class);
  }

  @Test
  void everyBadLineIsToldByItsNumberAndNoTokenIsRepeated() {
    TokenBook.Reading reading =
        TokenBook.parse(
            """
            # tokens
            short Ann
            0123456789abcdef
            0123456789abcdef Ann
            0123456789abcdef Bob
            0123456789abcdeX Zoë
            """);

    assertThat(reading).isInstanceOf(TokenBook.Reading.Unreadable.class);
    assertThat(((TokenBook.Reading.Unreadable) reading).problems())
        .hasSize(4)
        .satisfiesExactly(
            p -> assertThat(p).contains("line 2", "5 characters", "16..1024"),
            p -> assertThat(p).contains("line 3", "TOKEN ACTOR"),
            p -> assertThat(p).contains("line 5", "twice"),
            p -> assertThat(p).contains("line 6", "printable ASCII"))
        .noneMatch(p -> p.contains("0123456789") || p.contains("short"));
  }

  @Test
  void noTokensAtAllIsAProblem() {
    assertThat(TokenBook.parse("# none\n\n")).isInstanceOf(TokenBook.Reading.Unreadable.class);
  }

  @Test
  void tokensAreReadFromAFileOrAVariable(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("tokens"), TestApi.TOKENS);
    assertThat(TokenBook.read(new SecretRef.InFile(file), Map.of()))
        .isInstanceOf(TokenBook.Reading.Read.class);
    assertThat(TokenBook.read(new SecretRef.InEnvironment("T"), Map.of("T", TestApi.TOKENS)))
        .isInstanceOf(TokenBook.Reading.Read.class);
    assertThat(TokenBook.read(new SecretRef.InFile(folder.resolve("none")), Map.of()))
        .isInstanceOf(TokenBook.Reading.Unreadable.class);
  }
}

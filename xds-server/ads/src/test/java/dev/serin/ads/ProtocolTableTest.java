package dev.serin.ads;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** The table of protocol cases says what is tested, and nothing that is not. */
class ProtocolTableTest {
  private static final Path TABLE = Path.of("..", "..", "docs", "xds-protocol.md");
  private static final Pattern TEST = Pattern.compile("`(\\w+Test)\\.(\\w+)`");
  private static final ImmutableList<String> VARIANTS =
      ImmutableList.of("", "sotw", "delta", "both");

  /** Whose every test is a case of the protocol. */
  private static final ImmutableList<Class<?>> OF_THE_PROTOCOL =
      ImmutableList.of(
          StateOfTheWorldTest.class,
          IncrementalTest.class,
          SubscriptionTest.class,
          NonceTest.class,
          ReconnectTest.class,
          TypesTest.class,
          VirtualHostTest.class,
          OrderTest.class,
          PointingTest.class);

  private static List<String> rows() throws IOException {
    return Files.readAllLines(TABLE).stream()
        .filter(line -> line.startsWith("|") && !line.startsWith("|---"))
        .filter(line -> !line.startsWith("| case |"))
        .toList();
  }

  private static ImmutableSortedSet<String> tests(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(ProtocolTableTest::isTest)
        .map(method -> type.getSimpleName() + "." + method.getName())
        .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo));
  }

  private static boolean isTest(Method method) {
    return method.isAnnotationPresent(Test.class)
        || method.isAnnotationPresent(ParameterizedTest.class);
  }

  @Test
  void everyRowNamesATestThatExists() throws Exception {
    List<String> wrong = new ArrayList<>();
    List<String> rows = rows();
    for (String row : rows) {
      String[] cells = row.split("\\|", -1);
      Matcher test = TEST.matcher(row);
      if (cells.length != 6 || cells[2].isBlank() || !VARIANTS.contains(cells[3].strip())) {
        wrong.add(row + " (expected: case, section, variant, test)");
      } else if (!test.find() || !exists(test.group(1), test.group(2))) {
        wrong.add(row + " (expected: a test of dev.serin.ads)");
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(rows).as("rows of %s", TABLE).hasSizeGreaterThan(60);
  }

  private static boolean exists(String type, String test) {
    try {
      return tests(Class.forName("dev.serin.ads." + type)).contains(type + "." + test);
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  @Test
  void everyTestOfTheProtocolStandsInARow() throws IOException {
    String table = Files.readString(TABLE);
    assertThat(OF_THE_PROTOCOL)
        .flatExtracting(ProtocolTableTest::tests)
        .filteredOn(test -> !table.contains("`" + test + "`"))
        .as("tests without a row in %s", TABLE)
        .isEmpty();
  }
}

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.ql.DriverFactory;
import org.apache.hadoop.hive.ql.IDriver;
import org.apache.hadoop.hive.ql.session.SessionState;

/** Runs scripts in Hive's own driver, one after the other. Rows go to the last argument, a file, as Hive's clients print them. */
public class RunSql {
  public static void main(String[] args) {
    int code = 1;
    try {
      run(args);
      code = 0;
    } catch (Throwable error) {
      error.printStackTrace();
    }
    System.exit(code); // Tez leaves threads that would wait for ever
  }

  private static void run(String[] args) throws Exception {
    HiveConf conf = new HiveConf(SessionState.class);
    SessionState.start(conf);
    try (PrintStream out = new PrintStream(args[args.length - 1], StandardCharsets.UTF_8)) {
      for (int file = 0; file < args.length - 1; file++)
        for (String sql : statements(Files.readString(Path.of(args[file])))) print(conf, sql, out);
    }
    SessionState.get().close();
  }

  private static void print(HiveConf conf, String sql, PrintStream out) throws Exception {
    IDriver driver = DriverFactory.newDriver(conf);
    driver.run(sql); // throws what Hive says of it
    List<Object> rows = new ArrayList<>();
    while (driver.getResults(rows)) {
      for (Object row : rows) out.println(row);
      rows.clear();
    }
    driver.close();
  }

  /** As Hive's clients do it: comments are lines, and a semicolon ends a statement wherever it stands. */
  private static List<String> statements(String script) {
    StringBuilder text = new StringBuilder();
    for (String line : script.split("\n")) if (!line.startsWith("--")) text.append(line).append('\n');
    List<String> statements = new ArrayList<>();
    for (String statement : text.toString().split(";")) if (!statement.isBlank()) statements.add(statement.strip());
    return statements;
  }
}

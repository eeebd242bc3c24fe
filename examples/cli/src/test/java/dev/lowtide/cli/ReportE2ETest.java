package dev.lowtide.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lowtide.HostEnvironment;
import dev.lowtide.cli.report.Report;
import dev.lowtide.cli.report.Timeline;
import dev.lowtide.probe.SizeProbe;
import dev.lowtide.testing.TestTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Opens reports in a real Chromium without a window. Screenshots are in {@code target/report}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReportE2ETest {
  private static final Dimension DESKTOP = new Dimension(1200, 1400);
  private static final String IMAGE = "<img src=x onerror=hacked=1>";
  private static final String BRACES = "{a|b}";
  private static final String TURNED = "gpj.\u202Eexe";

  private @TempDir Path directory;
  private ChromeDriver browser;
  private TestTree tree;
  private Path page;

  @BeforeAll
  void startBrowser(@TempDir Path profile) {
    Optional<Path> chromium = executable("chromium", "chromium-browser", "google-chrome");
    Optional<Path> driver = executable("chromedriver");
    assumeTrue(chromium.isPresent() && driver.isPresent(), "skipped: there is no Chromium");
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.get().toString());
    options.addArguments(
        "--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + profile);
    LoggingPreferences console = new LoggingPreferences();
    console.enable(LogType.BROWSER, Level.ALL);
    options.setCapability("goog:loggingPrefs", console);
    browser =
        new ChromeDriver(
            new ChromeDriverService.Builder().usingDriverExecutable(driver.get().toFile()).build(),
            options);
  }

  private static Optional<Path> executable(String... names) {
    return Stream.of(names)
        .flatMap(name -> HostEnvironment.current().executable(name).stream())
        .findFirst();
  }

  @AfterAll
  void endBrowser() {
    if (browser != null) {
      browser.quit();
    }
  }

  @BeforeEach
  void makeTree() throws IOException {
    tree =
        TestTree.in(directory.toRealPath())
            .file("work/large/inner/out/archive", 30_000_000)
            .file("work/large/inner/source", 10_000_000)
            .file("work/kept/out/precious", 2_000_000)
            .file("work/" + IMAGE + "/out/x", 1_500_000)
            .file("work/</script>/out/x", 1_200_000)
            .file("work/" + BRACES + "/y", 1_100_000)
            .file("work/" + TURNED, 1_000_000);
    for (int i = 0; i < 100; i++) {
      tree.file("work/many/file-" + i, 10);
    }
    page = directory.toRealPath().resolve("report.html");
    browser.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
    browser.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features", List.of()));
    browser.manage().window().setSize(DESKTOP);
  }

  @AfterEach
  void saysNothingOnTheConsole(TestInfo test) throws IOException {
    Path screenshots = Files.createDirectories(Path.of("target", "report"));
    Files.write(
        screenshots.resolve(test.getTestMethod().orElseThrow().getName() + ".png"),
        browser.getScreenshotAs(OutputType.BYTES));
    assertThat(browser.manage().logs().get(LogType.BROWSER)).isEmpty();
  }

  private void openPlan() {
    CommandLineRun run =
        CommandLineRun.of(
            CommandLineRun.host(tree.root()),
            "plan",
            "--root",
            tree.path("work").toString(),
            "--keep",
            "kept",
            "--report",
            page.toString());
    assertThat(run.exit()).as(run.err()).isZero();
    open();
  }

  private void open() {
    browser.get(page.toUri().toString());
    assertThat(script("return document.documentElement.dataset.ready")).isEqualTo("true");
  }

  private Object script(String code, Object... arguments) {
    return browser.executeScript(code, arguments);
  }

  private String text(String selector) {
    return browser.findElement(By.cssSelector(selector)).getText();
  }

  private List<String> texts(String selector) {
    return browser.findElements(By.cssSelector(selector)).stream()
        .map(WebElement::getText)
        .toList();
  }

  @Test
  void showsThePlanWithoutLoadingAnything() {
    openPlan();

    assertThat(texts("#tiles dt")).containsExactly("On the disk", "To remove", "To keep");
    assertThat(texts("#decisions-table tbody .chip"))
        .containsExactly("to remove", "kept", "to remove", "to remove");
    assertThat(text("#legend"))
        .contains("to remove", "proposed by a policy, and kept", "everything else");
    assertThat(text("#notes")).contains("“others”");
    assertThat(script("return performance.getEntriesByType('resource').length")).isEqualTo(0L);
  }

  @Test
  void goesDownIntoADirectoryThatIsClicked() {
    openPlan();
    WebElement map = browser.findElement(By.id("map-chart"));
    Dimension size = map.getSize();

    // The largest is on the left, and the label of a directory at its top
    new Actions(browser)
        .moveToElement(map, -size.getWidth() / 2 + 30, -size.getHeight() / 2 + 12)
        .click()
        .perform();

    assertThat(texts("#crumbs button").subList(1, texts("#crumbs button").size()))
        .startsWith("large");
    browser.findElement(By.cssSelector("#crumbs button")).click();
    assertThat(texts("#crumbs button")).containsExactly(tree.path("work").toString());
  }

  @Test
  void obeysTheKeyboard() {
    openPlan();
    WebElement map = browser.findElement(By.id("map-chart"));

    map.sendKeys(Keys.ARROW_RIGHT);
    assertThat(script("return document.getElementById('map-live').textContent"))
        .asString()
        .startsWith(tree.path("work/large").toString());
    map.sendKeys(Keys.ENTER);
    assertThat(texts("#crumbs button")).contains("large");
    map.sendKeys(Keys.BACK_SPACE, Keys.BACK_SPACE);

    assertThat(texts("#crumbs button")).containsExactly(tree.path("work").toString());
    assertThat(script("return document.activeElement.id")).isEqualTo("map-chart");
  }

  @Test
  void hasATableForThoseWhoCannotSeeTheMap() {
    openPlan();

    browser.findElement(By.cssSelector("#contents summary")).click();
    assertThat(texts("#contents-table tbody td:first-child"))
        .contains("large", "kept", IMAGE, BRACES, "gpj.\\u202eexe");
    browser.findElement(By.cssSelector("#contents-table tbody button")).click();

    assertThat(texts("#contents-table tbody td:first-child")).containsExactly("inner");
  }

  @Test
  void showsHostileNamesAsText() {
    openPlan();

    assertThat(texts("#decisions-table tbody td:nth-child(2)"))
        .contains(
            tree.path("work/" + IMAGE + "/out").toString(),
            tree.path("work/</script>/out").toString());
    assertThat(script("return document.images.length")).isEqualTo(0L);
    assertThat(script("return typeof hacked")).isEqualTo("undefined");
    // No injected script ran or sent anything
    assertThat(
            script(
                "const s = document.createElement('script'); s.textContent = 'hacked = 1';"
                    + " document.body.append(s); return typeof hacked"))
        .isEqualTo("undefined");
    assertThat(browser.manage().logs().get(LogType.BROWSER))
        .singleElement()
        .asString()
        .contains("Content Security Policy");
  }

  @Test
  void findsAndSorts() {
    openPlan();

    browser.findElement(By.id("find")).sendKeys("matches a keep pattern");
    assertThat(texts("#decisions-table tbody .chip")).containsExactly("kept");
    assertThat(text("#found")).startsWith("1 of 4 rows");
    browser.findElement(By.id("find")).clear();
    browser.findElement(By.id("find")).sendKeys(Keys.SPACE, Keys.BACK_SPACE);
    browser.findElement(By.cssSelector("#decisions-table th:nth-child(2) button")).click();

    assertThat(texts("#decisions-table tbody td:nth-child(2)")).hasSize(4).isSorted();
  }

  @Test
  void isDarkWhereThatIsWanted() {
    browser.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
    openPlan();

    assertThat(script("return getComputedStyle(document.body).backgroundColor"))
        .isEqualTo("rgb(17, 22, 28)");
    assertThat(contrast()).isGreaterThan(4.5);
  }

  /** The contrast of text and page, as WCAG 2.2 defines it. */
  private double contrast() {
    return ((Number)
            script(
                """
                const luminance = color => color.match(/\\d+/g).slice(0, 3)
                    .map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
                    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
                const style = getComputedStyle(document.querySelector('.note'));
                const [a, b] = [style.color, getComputedStyle(document.querySelector('#map')).backgroundColor]
                    .map(luminance).sort((x, y) => y - x);
                return (a + 0.05) / (b + 0.05);
                """))
        .doubleValue();
  }

  @Test
  void fitsAPhone() {
    browser.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", 360, "height", 1600, "deviceScaleFactor", 2, "mobile", true));
    openPlan();

    assertThat(script("return document.documentElement.scrollWidth")).isEqualTo(360L);
    assertThat(
            script(
                "return [...document.querySelectorAll('#decisions-table td')]"
                    + ".every(td => td.getBoundingClientRect().right <= 360)"))
        .isEqualTo(true);
    assertThat(
            script(
                """
                document.querySelector('#decisions-table tbody').lastChild.scrollIntoView();
                return [...Array(1600).keys()].filter(y => document.elementFromPoint(180, y)?.closest('th')).length
                """))
        .as("headings over the rows")
        .isEqualTo(0L);
  }

  @Test
  void showsNoSizeThatIsCutOff() {
    openPlan();

    assertThat(
            (List<?>)
                script(
                    """
                    return echarts.getInstanceByDom(document.getElementById('map-chart')).getZr().storage.getDisplayList()
                        .filter(each => each.type === 'tspan' && each.transform?.[4] > 0).map(each => each.style.text)
                    """))
        .map(String::valueOf)
        .filteredOn(label -> label.matches("[≥≤~ ]*[0-9].*"))
        .isNotEmpty()
        .allSatisfy(label -> assertThat(label).matches("[≥≤~ ]*[0-9.]+ ([KMG]i)?B( .*)?"));
  }

  @Test
  void saysHowTheRunWasStartedAndEndedAndWhatIsNext() {
    openPlan();

    assertThat(text("#run"))
        .startsWith("lowtide plan --root " + tree.path("work") + " --keep kept --report " + page)
        .contains("lowtide 0.")
        .endsWith(" · exit code 0");
    assertThat(text("#next")).startsWith("Next: 'lowtide clean' with the same options removes");
  }

  @Test
  void addsUpByPolicyOutcomeAndCost() {
    openPlan();

    assertThat(texts("#totals-table tbody tr"))
        .map(row -> row.replace("~", "")) // an estimate on 17
        .containsExactly("sample.out to remove compute 3 31.2 MiB", "sample.out kept 1 1.91 MiB");
  }

  @Test
  void hasTheLicencesOfTheCharts() {
    openPlan();

    assertThat((String) script("return document.querySelector('.licences').textContent"))
        .contains("The Apache Software Foundation", "Baidu Inc.", "Mike Bostock");
  }

  @Test
  void printsWithoutWhatCannotBePressed() {
    openPlan();

    browser.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("media", "print"));

    assertThat(browser.findElement(By.id("filters")).isDisplayed()).isFalse();
    assertThat(browser.findElement(By.id("decisions-table")).isDisplayed()).isTrue();
  }

  @Test
  void comparesBeforeAndAfterACleanUp() {
    CommandLineRun run =
        CommandLineRun.of(
            CommandLineRun.host(tree.root()),
            "clean",
            "--yes",
            "--root",
            tree.path("work").toString(),
            "--report",
            page.toString());
    assertThat(run.exit()).as(run.err()).isZero();
    open();

    assertThat(text("#locations-table tbody")).contains("workspace", "−");
    assertThat(texts("#decisions-table tbody .chip")).hasSize(4).containsOnly("removed");
    assertThat(text("#legend")).contains("removed");
  }

  @Test
  void blamesNothingButGrowthWhereOnlyTheSizeCounts() throws IOException {
    TestTree cache = TestTree.in(tree.path("cache")).file("hit", 100).file("gone", 100);
    CommandLineRun run =
        CommandLineRun.of(
            CommandLineRun.host(tree.root()),
            "verify",
            "--location",
            "uv-cache=" + cache.root(),
            "--report",
            page.toString(),
            "--",
            "sh",
            "-ec",
            "cd \"$0\"; rm gone; touch hit; head -c 90000 /dev/zero > leak",
            cache.root().toString());
    assertThat(run.exit()).as(run.err()).isEqualTo(1);
    open();

    assertThat(text("#run")).contains(" -- sh …\n").endsWith(" · exit code 1");
    assertThat(text("#leaks")).contains("What changed in uv-cache", "leak");
    assertThat(texts("#leaks tbody .chip")).containsExactly("created");
  }

  @Test
  void drawsARunInBands() throws IOException {
    SizeProbe probe = SizeProbe.best();
    Timeline timeline =
        Timeline.watch(Map.of("work", tree.path("work"), "large", tree.path("work/large")), probe);
    try (timeline) {
      Timeline.Span span = timeline.begin("first, " + BRACES);
      tree.file("work/large/grown", 2_000_000);
      span.close();
    }
    new Report("A run", "build-wheels", Instant.EPOCH)
        .passed(false)
        .took(Duration.ofSeconds(75))
        .timeline(timeline)
        .write(page);
    open();

    assertThat(text("#verdict")).isEqualTo("FAIL");
    assertThat(text("#subtitle")).contains("took 1 min 15 s");
    assertThat(browser.findElement(By.id("timeline-chart")).getDomAttribute("aria-label"))
        .contains("Disk use of", "at most");
    browser.findElement(By.cssSelector("[data-mode=total]")).click();
    assertThat(texts("#timeline button[aria-pressed=true]")).containsExactly("Total");
  }
}

package dev.lowtide.cli.report;

import com.google.common.hash.Hashing;
import com.google.common.html.HtmlEscapers;
import com.google.common.io.Resources;
import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Combines {@code report.html}, {@code report.css}, {@code report.js}, the charts and the data into
 * one page. Its content security policy lets a browser run exactly these scripts and load nothing.
 */
final class HtmlPage {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([a-z-]+)}}");

  /** Escapes {@code <}, {@code >}, {@code &} and line separators, which is Gson's default. */
  private static final Gson GSON = new Gson();

  private HtmlPage() {}

  static String of(String title, JsonObject data) {
    String version = chartsVersion();
    String charts =
        text(
            Resources.getResource(
                "META-INF/resources/webjars/echarts/" + version + "/echarts.min.js"));
    String style = resource("report.css");
    String script = resource("report.js");
    // The policy blocks style attributes in markup; the charts set styles through the DOM instead
    String policy =
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src "
            + source(style)
            + "; script-src "
            + source(charts)
            + " "
            + source(script);
    Map<String, String> values =
        Map.of(
            "policy", policy,
            "title", title,
            "style", style,
            "data", GSON.toJson(data),
            "charts", charts,
            "charts-version", version,
            "charts-licenses", HtmlEscapers.htmlEscaper().escape(resource("charts-licenses.txt")),
            "script", script);
    // In one pass, so that inserted text is not searched again
    return PLACEHOLDER
        .matcher(resource("report.html"))
        .replaceAll(
            name -> Matcher.quoteReplacement(Objects.requireNonNull(values.get(name.group(1)))));
  }

  /** A text as a source in a content security policy: its hash. */
  private static String source(String text) {
    byte[] hash = Hashing.sha256().hashString(text, StandardCharsets.UTF_8).asBytes();
    return "'sha256-" + Base64.getEncoder().encodeToString(hash) + "'";
  }

  private static String chartsVersion() {
    Properties versions = new Properties();
    try (InputStream in = Resources.getResource(HtmlPage.class, "charts.properties").openStream()) {
      versions.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return versions.getProperty("echarts");
  }

  private static String resource(String name) {
    return text(Resources.getResource(HtmlPage.class, name));
  }

  private static String text(URL resource) {
    try {
      return Resources.toString(resource, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

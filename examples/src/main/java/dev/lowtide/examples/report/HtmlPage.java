package dev.lowtide.examples.report;

import com.google.common.hash.Hashing;
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
 * Puts {@code report.html}, {@code report.css}, {@code report.js}, the charts and the data together
 * into one page, which a browser lets do nothing but run exactly these scripts.
 */
final class HtmlPage {
  private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z-]+)}}");

  /** Writes {@code <}, {@code >}, {@code &} and the line separators as escapes, unless told not. */
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
    // Charts put their sizes into style attributes by way of the object model, which is no markup
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
            "script", script);
    // In one pass: what is put in is not looked at again
    return PLACE
        .matcher(resource("report.html"))
        .replaceAll(
            place -> Matcher.quoteReplacement(Objects.requireNonNull(values.get(place.group(1)))));
  }

  /** A text as a source of a content security policy: its hash. */
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

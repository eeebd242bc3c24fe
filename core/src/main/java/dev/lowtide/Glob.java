package dev.lowtide;

import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.List;

/**
 * A compiled glob. The result does not depend on the locale, and many stars do not make matching
 * exponential: the path is read once, code point by code point, and all possible matches are
 * followed in parallel.
 *
 * <p>The syntax is that of {@link java.nio.file.FileSystem#getPathMatcher}, with two differences: a
 * name may contain any character, even a line break; and {@code **} between slashes also matches
 * zero directories: <code>a/**&#47;b</code> matches {@code a/b}.
 */
final class Glob {
  /** Far more than people write, and few enough to match against a million names. */
  private static final int MAX_ALTERNATIVES = 256;

  /**
   * Separates two stars that become neighbours only when braces are expanded: no name contains a
   * NUL.
   */
  private static final char STAR_SEPARATOR = 0;

  private final List<Element[]> alternatives = new ArrayList<>();
  private final boolean ignoreCase;

  /** What one part of a glob matches. */
  private enum Kind {
    LITERAL,
    /** One character except a slash. */
    ONE_CHARACTER,
    /** One character of a set. */
    SET,
    /** Any number of characters except slashes. */
    NAME_PART,
    /** Any number of characters. */
    ANYTHING
  }

  /**
   * One part of a glob.
   *
   * @param literal the code point of a literal
   * @param set pairs of first and last code points
   * @param negated whether the set is what does not match
   * @param optional whether this and the next element may also match the empty text
   */
  private record Element(
      Kind kind, int literal, ImmutableIntArray set, boolean negated, boolean optional) {
    static Element of(Kind kind) {
      return new Element(kind, 0, ImmutableIntArray.of(), false, false);
    }

    static Element literal(int codePoint) {
      return new Element(Kind.LITERAL, codePoint, ImmutableIntArray.of(), false, false);
    }

    Element orNothing() {
      return new Element(kind, literal, set, negated, true);
    }

    boolean repeats() {
      return kind == Kind.NAME_PART || kind == Kind.ANYTHING;
    }

    boolean matches(int codePoint, boolean ignoreCase) {
      return switch (kind) {
        case LITERAL -> ignoreCase ? fold(literal) == fold(codePoint) : literal == codePoint;
        case ONE_CHARACTER, NAME_PART -> codePoint != '/';
        case ANYTHING -> true;
        case SET ->
            codePoint != '/'
                && (contains(codePoint)
                        || (ignoreCase
                            && (contains(Character.toLowerCase(codePoint))
                                || contains(Character.toUpperCase(codePoint)))))
                    != negated;
      };
    }

    private boolean contains(int codePoint) {
      for (int i = 0; i < set.length(); i += 2) {
        if (set.get(i) <= codePoint && codePoint <= set.get(i + 1)) {
          return true;
        }
      }
      return false;
    }

    private static int fold(int codePoint) {
      return Character.toLowerCase(Character.toUpperCase(codePoint));
    }
  }

  /**
   * Compiles a glob.
   *
   * @throws IllegalArgumentException if the text is not a glob; the message is the end of a
   *     sentence that says why
   */
  Glob(String glob, boolean ignoreCase) {
    this.ignoreCase = ignoreCase;
    for (String each : withoutBraces(glob)) {
      alternatives.add(new Parser(each).parse());
    }
  }

  /** Whether a path matches; its names are separated by slashes. */
  boolean matches(String path) {
    for (Element[] alternative : alternatives) {
      if (matches(alternative, path)) {
        return true;
      }
    }
    return false;
  }

  private boolean matches(Element[] elements, String path) {
    boolean[] states = new boolean[elements.length + 1];
    enter(states, elements, 0);
    for (int i = 0; i < path.length(); ) {
      int codePoint = path.codePointAt(i);
      i += Character.charCount(codePoint);
      boolean[] next = new boolean[elements.length + 1];
      boolean anyMatches = false;
      for (int state = 0; state < elements.length; state++) {
        Element element = elements[state];
        if (states[state] && element.matches(codePoint, ignoreCase)) {
          if (element.repeats()) {
            next[state] = true;
          }
          enter(next, elements, state + 1);
          anyMatches = true;
        }
      }
      if (!anyMatches) {
        return false;
      }
      states = next;
    }
    return states[elements.length];
  }

  /** Enters a state, and all states that can be reached from it without matching a character. */
  private static void enter(boolean[] states, Element[] elements, int state) {
    states[state] = true;
    if (state < elements.length) {
      if (elements[state].repeats()) {
        enter(states, elements, state + 1);
      }
      if (elements[state].optional()) {
        enter(states, elements, state + 2);
      }
    }
  }

  /** Expands the braces: returns one glob for each alternative. */
  private static List<String> withoutBraces(String glob) {
    List<String> all = new ArrayList<>(List.of(""));
    List<String> group = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    boolean inGroup = false;
    for (int i = 0; i < glob.length(); i++) {
      char c = glob.charAt(i);
      if (c == '\\' && i + 1 < glob.length()) {
        part.append(c).append(glob.charAt(++i));
      } else if (c == '[') {
        int end = endOfSet(glob, i);
        part.append(glob, i, end);
        i = end - 1;
      } else if (c == '{') {
        if (inGroup) {
          throw new IllegalArgumentException("a group in braces contains another group");
        }
        inGroup = true;
        all = product(all, List.of(part.toString()));
        part.setLength(0);
      } else if (inGroup && (c == ',' || c == '}')) {
        group.add(part.toString());
        part.setLength(0);
        if (c == '}') {
          inGroup = false;
          all = product(all, group);
          group.clear();
        }
      } else {
        part.append(c);
      }
    }
    if (inGroup) {
      throw new IllegalArgumentException("a '}' is missing");
    }
    return product(all, List.of(part.toString()));
  }

  /** The index after the closing bracket of a set; the end of the text if there is none. */
  private static int endOfSet(String glob, int start) {
    int end = glob.indexOf(']', start);
    return end < 0 ? glob.length() : end + 1;
  }

  private static List<String> product(List<String> beginnings, List<String> ends) {
    if (beginnings.size() * ends.size() > MAX_ALTERNATIVES) {
      throw new IllegalArgumentException(
          "its braces expand to more than " + MAX_ALTERNATIVES + " patterns");
    }
    List<String> all = new ArrayList<>();
    for (String beginning : beginnings) {
      for (String end : ends) {
        boolean starsMeet = beginning.endsWith("*") && end.startsWith("*");
        all.add(starsMeet ? beginning + STAR_SEPARATOR + end : beginning + end);
      }
    }
    return all;
  }

  /** Reads a glob without braces. */
  private static final class Parser {
    private final int[] glob;
    private final List<Element> elements = new ArrayList<>();
    private int position;

    Parser(String glob) {
      this.glob = glob.codePoints().toArray();
    }

    Element[] parse() {
      while (position < glob.length) {
        int start = position;
        int c = glob[position++];
        switch (c) {
          case '*' -> stars(start);
          case '?' -> elements.add(Element.of(Kind.ONE_CHARACTER));
          case '[' -> set();
          case '\\' -> {
            if (position == glob.length) {
              throw new IllegalArgumentException("there is nothing after the last '\\'");
            }
            elements.add(Element.literal(glob[position++]));
          }
          case '/' -> slash();
          case STAR_SEPARATOR -> {}
          default -> elements.add(Element.literal(c));
        }
      }
      return elements.toArray(Element[]::new);
    }

    /** Two stars that are the whole name of a directory match zero or more directories. */
    private void stars(int start) {
      boolean isDouble = is(position, '*');
      if (!isDouble) {
        elements.add(Element.of(Kind.NAME_PART));
        return;
      }
      position++;
      boolean atStart = start == 0 || glob[start - 1] == '/';
      if (atStart && is(position, '/')) {
        position++;
        while (is(position, '*') && is(position + 1, '*') && is(position + 2, '/')) {
          position += 3;
        }
        elements.add(Element.of(Kind.ANYTHING).orNothing());
        elements.add(Element.literal('/'));
      } else {
        elements.add(Element.of(Kind.ANYTHING));
      }
    }

    /** At the end, a slash and two stars also match the empty text: a/** matches a. */
    private void slash() {
      int end = position;
      while (is(end, '*') && is(end + 1, '*') && is(end + 2, '/')) {
        end += 3;
      }
      if (is(end, '*') && is(end + 1, '*') && end + 2 == glob.length) {
        elements.add(Element.literal('/').orNothing());
        elements.add(Element.of(Kind.ANYTHING));
        position = glob.length;
      } else {
        elements.add(Element.literal('/'));
      }
    }

    private boolean is(int index, int codePoint) {
      return index < glob.length && glob[index] == codePoint;
    }

    private void set() {
      boolean negated = is(position, '!');
      if (negated) {
        position++;
      }
      List<Integer> ranges = new ArrayList<>();
      boolean first = true;
      while (!is(position, ']')) {
        if (position == glob.length) {
          throw new IllegalArgumentException("a ']' is missing");
        }
        int low = glob[position++];
        if (low == '/') {
          throw new IllegalArgumentException("a set in brackets contains a slash");
        }
        int high = low;
        if (is(position, '-')
            && position + 1 < glob.length
            && !is(position + 1, ']')
            && !(first && low == '-')) {
          high = glob[position + 1];
          position += 2;
          if (high < low || high == '/') {
            throw new IllegalArgumentException("a range in brackets ends before it begins");
          }
        }
        first = false;
        ranges.add(low);
        ranges.add(high);
      }
      if (ranges.isEmpty()) {
        throw new IllegalArgumentException("a set in brackets is empty");
      }
      position++;
      ImmutableIntArray set = ImmutableIntArray.copyOf(ranges);
      elements.add(new Element(Kind.SET, 0, set, negated, false));
    }
  }
}

# shellcheck shell=sh
# Sourced by the launchers beside it: builds the jars where they are missing or older than their sources, then becomes the
# newest Java on this machine. The caller has set `bin` to this directory.
# It starts few processes: on most runs one find and one readlink.

# shellcheck disable=SC2154
home=${bin%/*/*}
target=$home/examples/cli/target
jar=$target/lowtide.jar
wheels=$home/examples/wheel-builder/target/build-wheels.jar # built last; uses what the other one has
log=$target/build.log
native_from=22

say() { printf 'lowtide: %s\n' "$*" >&2; }

# ---- which Java ----

java_home='' java_feature=0 java_version='' maven_java_feature=''

# Looks at one candidate; reads its release file rather than start it.
consider() {
  [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 0
  while IFS= read -r line; do
    case $line in
      JAVA_VERSION=*)
        line=${line#JAVA_VERSION=} line=${line#\"} line=${line%\"}
        feature=${line%%[!0-9]*}
        [ "${feature:-0}" -gt "$java_feature" ] && java_home=$1 java_feature=$feature java_version=$line
        return 0 ;;
    esac
  done <"$1/release"
}

find_java() {
  if [ -z "${LOWTIDE_JAVA_HOME-}" ] && [ -x "$home/runtime/bin/java" ]; then # a package brings its own
    consider "$home/runtime"
    return
  fi
  # Of two with the same version the first one wins.
  if [ -n "${JAVA_HOME-}" ]; then
    consider "$JAVA_HOME"
    maven_java_feature=$java_feature
  fi
  if found=$(command -v java); then
    found=$(readlink -f "$found" 2>/dev/null) || found=
    consider "${found%/bin/java}"
  fi
  : "${maven_java_feature:=$java_feature}" # mvn starts JAVA_HOME's, else the one on the PATH
  if [ -n "${LOWTIDE_JAVA_HOME-}" ]; then # this one and no other
    java_home='' java_feature=0
    consider "$LOWTIDE_JAVA_HOME"
    [ "$java_feature" -ge 17 ] || {
      say "LOWTIDE_JAVA_HOME=$LOWTIDE_JAVA_HOME holds no Java 17 or newer; name one that does, or unset it"
      exit 2
    }
    return
  fi
  for candidate in /usr/lib/jvm/* "${HOME-}"/.sdkman/candidates/java/* "${HOME-}"/.jdks/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    consider "$candidate"
  done
  if [ "$java_feature" -lt 17 ]; then
    say "needs Java 17 or newer; install one (Debian, Ubuntu: apt-get install openjdk-17-jdk maven) or set JAVA_HOME"
    exit 2
  fi
}

layer() {
  if [ "$java_feature" -ge $native_from ]; then
    echo "native layer"
  else
    echo "portable layer; the native one needs Java $native_from or newer"
  fi
}

# ---- build ----

# Also sees deleted and renamed sources: their directory is newer then.
stale() {
  [ ! -e "$jar" ] || [ ! -e "$wheels" ] || [ -n "$(find "$home/pom.xml" "$home"/core/pom.xml "$home"/core/src/main \
    "$home"/policies-*/pom.xml "$home"/policies-*/src/main "$home"/examples/pom.xml \
    "$home"/examples/cli/pom.xml "$home"/examples/cli/src/main \
    "$home"/examples/wheel-builder/pom.xml "$home"/examples/wheel-builder/src/main \
    -newer "$wheels" -print 2>/dev/null)" ]
}

# One builder at a time. flock where there is one: the kernel gives the lock back whatever happens to us.
lock() {
  if command -v flock >/dev/null; then
    exec 9>"$target/build.lock"
    flock -n 9 || { say "waiting for another build to end"; flock 9; }
  else
    until ln -s $$ "$target/build.lock" 2>/dev/null; do
      holder=$(readlink "$target/build.lock") || continue
      kill -0 "$holder" 2>/dev/null || rm -f "$target/build.lock"
      sleep 1
    done
    trap 'rm -f "$target/build.lock"' EXIT
    trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM
  fi
}

unlock() {
  if command -v flock >/dev/null; then
    exec 9>&-
  else
    rm -f "$target/build.lock"
    trap - EXIT HUP INT TERM
  fi
}

# Maven's output goes to the log; a line per module goes to the terminal.
run_maven() {
  {
    if [ "$maven_java_feature" -lt 17 ]; then export JAVA_HOME="$java_home"; fi
    mvn -B -ntp -f "$home/pom.xml" -pl examples/wheel-builder -am -DskipTests package 2>&1 </dev/null
    printf "\nmvn exit %s\n" $? # Maven ends without a newline
  } | {
    status=1
    while IFS= read -r line; do
      case $line in
        "mvn exit 0") status=0 ;;
        "[INFO] Building Lowtide"*"["*/*"]")
          name=${line#"[INFO] Building "}
          say "  [${line##*\[} ${name%% [0-9]*}" ;;
      esac
      printf '%s\n' "$line"
    done >"$log"
    exit $status
  }
}

build() {
  if [ -e "$wheels" ] && { ! command -v mvn >/dev/null || [ ! -w "$wheels" ]; }; then
    say "examples/cli/target/lowtide.jar is older than its sources and cannot be built here: using it as it is"
    return
  fi
  if ! command -v mvn >/dev/null; then
    say "needs Maven to build itself the first time; install it (Debian, Ubuntu: apt-get install maven)"
    exit 2
  fi
  mkdir -p "$target" || exit 1
  lock
  if stale; then # nobody else built it while we waited
    if [ -e "$wheels" ]; then
      say "sources have changed, building (log: examples/cli/target/build.log)"
    else
      say "building (the first time downloads about 60 MB; log: examples/cli/target/build.log)"
    fi
    [ "$java_feature" -ge $native_from ] || say "Java $java_version: $(layer)"
    : >"$target/build.started"
    if ! run_maven; then
      tail -n 30 "$log" >&2
      say "the build failed; the whole log is $log"
      exit 1
    fi
    # A source that changed during the build is newer than this.
    touch -r "$target/build.started" "$jar" "$wheels"
  fi
  unlock
}

# ---- start fast ----

# Sets `archive` to the option for the classes as the JVM keeps them in memory: a cache as of JEP 514 from Java 25 on,
# an archive as of JEP 350 before. Each is good for one version of Java and one jar, and made by a run of its own; the
# JVM does without one that does not fit. An empty file says that this Java makes none.
find_archive() {
  archive=$target/start-$java_version
  if [ "$java_feature" -ge 25 ]; then
    archive=$archive.aot use=-XX:AOTCache= make=-XX:AOTCacheOutput=
  else
    archive=$archive.jsa use=-XX:SharedArchiveFile= make=-XX:ArchiveClassesAtExit=
  fi
  [ "$archive" -nt "$wheels" ] || make_archive
  if [ -s "$archive" ]; then archive=$use$archive; else archive=''; fi
}

# In place by a rename, since others may start meanwhile. Without what Java 25 records besides of the methods that were hot:
# it would compile them at every start, needed or not.
make_archive() {
  [ -w "$target" ] || return 0
  new=$target/start.$$ training=$target/training.$$
  mkdir "$training" 2>/dev/null || return 0
  (become_java "$make$new" -XX:+IgnoreUnrecognizedVMOptions -XX:+UnlockDiagnosticVMOptions -XX:-AOTRecordTraining \
    -cp "$jar:$wheels" dev.lowtide.cli.StartUpTraining "$training") >/dev/null 2>&1 </dev/null
  rm -rf "$training"
  [ -e "$new" ] || : >"$new"
  mv -f "$new" "$archive"
}

# ---- run ----

# In the locales C and POSIX, which cron, systemd and containers have, the JVM replaces what is not ASCII in arguments and
# names. It is started in C.UTF-8, in which all else is the same; what was set before is given back to what it starts.
read_all_names() {
  [ -d /proc/self ] || return 0 # names are UTF-8 everywhere on macOS
  case ${LC_ALL:-${LC_CTYPE:-${LANG-}}} in
    '' | C | POSIX) ;;
    *) return 0 ;;
  esac
  if [ -n "${LC_ALL-}" ]; then
    export LOWTIDE_LOCALE_OF_USER="LC_ALL=$LC_ALL" LC_ALL=C.UTF-8
  else
    export LOWTIDE_LOCALE_OF_USER="LC_CTYPE=${LC_CTYPE-}" LC_CTYPE=C.UTF-8
  fi
}

# The code is small and most runs are short: the first compiler is enough, and one thread to collect garbage. No file in /tmp
# for jps. What the JVM itself has to say must not get into the output.
become_java() {
  read_all_names
  set -- -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xlog:disable "$@"
  [ "$java_feature" -lt $native_from ] || set -- --enable-native-access=ALL-UNNAMED "$@"
  exec "$java_home/bin/java" "$@"
}

# A file that the JVM opens would take the place of a closed standard stream: a child would read the JVM's modules.
open_closed_streams() {
  [ -e /dev/fd/0 ] || exec </dev/null
  [ -e /dev/fd/1 ] || exec >/dev/null
  [ -e /dev/fd/2 ] || exec 2>/dev/null
}

launch() { # MAIN-CLASS ARGUMENTS
  main=$1
  shift
  open_closed_streams
  find_java
  ! stale || build
  # The program gets the -v as well.
  case ${1-} in
    -v | --verbose)
      say "Java $java_version in $java_home: $(layer)" ;;
  esac
  find_archive
  if [ -t 0 ] && [ -t 1 ]; then terminal=true; else terminal=false; fi
  # Not by -jar, for which the JDK reads the whole directory of the jar once more.
  become_java ${archive:+"$archive"} -Dlowtide.terminal=$terminal -cp "$jar:$wheels" "$main" "$@"
}

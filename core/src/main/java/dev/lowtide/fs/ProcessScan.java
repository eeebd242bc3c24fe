package dev.lowtide.fs;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.lowtide.fs.OpenFiles.Hidden;
import dev.lowtide.fs.ProcessUses.OpenSocket;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One scan of {@code /proc}, process by process, on threads of its own. If a process blocks a
 * thread, for example because of files on a network drive whose server does not respond, the scan
 * abandons it: what was read of it counts, the rest is unknown, and another thread continues with
 * the next process. The process is not tried again while that thread is blocked.
 */
final class ProcessScan {
  /** The time limit of a scan; the remaining processes are then unknown. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** Reading {@code /proc} is limited by the processor and not by the disk. */
  private static final int WORKERS = Math.min(4, Runtime.getRuntime().availableProcessors());

  /** The interval at which blocked threads are detected. */
  private static final long POLL_MILLIS = 50;

  private static final int END_CHECKS = 10;

  private static final Duration END_CHECK = Duration.ofMillis(10);

  /**
   * Programs of every session that cannot be inspected by their own user, and that have given up
   * inherited files: the login helper of systemd (255) and the key agent of OpenSSH (9).
   */
  private static final Set<String> HIDE_AND_USE_NOTHING = Set.of("(sd-pam)", "ssh-agent");

  /**
   * The first process, which starts the others and may have more rights than any of them, even than
   * root's.
   */
  private static final String INIT = "1";

  private final ProcessUses.Shared shared;
  private final Uses uses = new Uses();
  private final int user = Stat.currentUser();
  private final boolean root = user == 0;
  private final Set<Long> marked = ReadingMark.processes();
  private final UnixSockets sockets;
  private final Map<String, MountInfo> otherMounts = new ConcurrentHashMap<>();
  private final Map<String, String> namespaceOf = new ConcurrentHashMap<>();

  private final Consumer<Path> last;

  private ProcessScan(Consumer<Path> last) throws IOException {
    this.last = last;
    MountInfo mounts = MountInfo.of(ProcFs.SELF);
    String namespace = Files.readSymbolicLink(ProcFs.SELF.resolve("ns/mnt")).toString();
    shared =
        new ProcessUses.Shared(
            uses, namespace, mounts, new LinkedPaths(mounts), OwnProcesses.ancestors());
    sockets = new UnixSockets(uses, shared.links(), ProcFs::read);
  }

  static OpenFiles run() {
    return run(process -> {});
  }

  /**
   * @param last called for each process after everything of it was read
   */
  static OpenFiles run(Consumer<Path> last) {
    if (!Files.isReadable(ProcFs.SELF.resolve("maps"))) {
      return unknown("this system does not show which files are open");
    }
    try {
      return new ProcessScan(last).everything();
    } catch (IOException e) {
      return unknown("the open files of processes cannot be read: " + e);
    }
  }

  private static OpenFiles unknown(String why) {
    return new OpenFiles(Map.of(), Map.of(), List.of(), Optional.of(why));
  }

  private OpenFiles everything() throws IOException {
    Queue<Path> processes = new ConcurrentLinkedQueue<>(ProcFs.numbers(ProcFs.PROC));
    boolean interrupted = false;
    long end = System.nanoTime() + LIMIT.toNanos();
    StuckProcesses stuck = new StuckProcesses();
    Queue<Worker> workers = new ArrayDeque<>();
    for (int i = 0; i < WORKERS; i++) {
      workers.add(Worker.start(this, processes));
    }
    while (!workers.isEmpty()) {
      Worker worker = workers.remove();
      boolean done = false;
      try {
        done = worker.done.await(POLL_MILLIS, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        interrupted = true; // the caller notices it where it checks for interrupts
      }
      long now = System.nanoTime();
      long waited = worker.waitedSince(now);
      if (!done && (now > end || stuck.areTooMany())) {
        worker.giveUp().ifPresent(this::hideUnseen);
      } else if (!done && waited > stuck.patience().toNanos()) {
        stuck.gaveUp(Duration.ofNanos(waited));
        worker.giveUp().ifPresent(this::hideUnseen);
        workers.add(Worker.start(this, processes));
      } else if (!done) {
        workers.add(worker);
      }
    }
    for (Path left = processes.poll(); left != null; left = processes.poll()) {
      hideUnseen(left);
    }
    try {
      sockets.find();
      KernelUses kernel = new KernelUses(shared);
      kernel.ofMounts(otherMounts, namespaceOf);
      kernel.ofKernel();
    } catch (IllegalArgumentException e) { // there are more than can be held
      uses.hide(new Hidden("one of very many sockets or mounts", Credentials.STRANGER));
    }
    if (!root && ProcFs.hidesProcesses()) {
      uses.hide(new Hidden("a process of another user", Credentials.STRANGER));
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return uses.found();
  }

  /** Inspects one process after another until none is left, or until it is abandoned. */
  private static final class Worker {
    private final ProcessScan scan;
    private final Queue<Path> processes;
    private final CountDownLatch done = new CountDownLatch(1);
    private final LinkedPaths links;
    private volatile @Nullable Path current;
    private volatile long since;
    private volatile boolean givenUp;

    private Worker(ProcessScan scan, Queue<Path> processes) {
      this.scan = scan;
      this.processes = processes;
      links = new LinkedPaths(scan.shared.mounts());
    }

    static Worker start(ProcessScan scan, Queue<Path> processes) {
      Worker worker = new Worker(scan, processes);
      Thread thread = new Thread(worker::work, "lowtide-processes");
      thread.setDaemon(true);
      thread.start();
      return worker;
    }

    private void work() {
      try {
        for (Path next = processes.poll(); next != null; next = processes.poll()) {
          look(next);
          if (givenUp) {
            return;
          }
        }
      } finally {
        done.countDown();
      }
    }

    private void look(Path process) {
      long pid = number(process);
      if (StuckProcesses.NOW.contains(pid)) {
        scan.hideUnseen(process);
        return;
      }
      since = System.nanoTime();
      current = process;
      boolean seen = false;
      try {
        scan.process(process, links);
        seen = true;
      } catch (RuntimeException e) {
        // whatever is wrong with it, the others can be seen
      } finally {
        current = null;
        StuckProcesses.NOW.remove(pid);
        if (!seen) {
          scan.hideUnseen(process);
        }
      }
    }

    /** How long the worker has been inspecting the same process. */
    long waitedSince(long now) {
      return current == null ? 0 : now - since;
    }

    /** Abandons the worker with the process that it is inspecting. */
    Optional<Path> giveUp() {
      givenUp = true;
      Path stuck = current;
      if (stuck != null) {
        StuckProcesses.NOW.add(number(stuck));
        if (current == null) {
          StuckProcesses.NOW.remove(number(stuck)); // it went on in this very moment
        }
      }
      return Optional.ofNullable(stuck);
    }
  }

  private void process(Path directory, LinkedPaths links) {
    Map<String, String> status;
    try {
      status = ProcFs.status(directory);
    } catch (AccessDeniedException e) {
      uses.hide(new Hidden("the process " + directory.getFileName(), Credentials.STRANGER));
      return;
    } catch (IOException e) {
      return; // it has ended
    }
    if (isNobody(status)) {
      return;
    }
    String who = who(directory, status);
    long pid = number(directory);
    boolean own =
        OwnProcesses.contains(pid)
            || OwnProcesses.isLockHolder(Long.parseLong(status.getOrDefault("PPid", "0")));
    ProcessUses of =
        new ProcessUses(
            shared.with(links),
            directory,
            who,
            own,
            marked.contains(pid) && Credentials.parse(status).isOnly(user));
    try {
      Path network = Files.readSymbolicLink(directory.resolve("ns/net"));
      sockets.addProcess(network.toString(), directory);
      namespaceOf.putIfAbsent(Files.readSymbolicLink(directory.resolve("ns/mnt")).toString(), who);
      of.find(otherMounts, Integer.parseInt(status.getOrDefault("Threads", "1")));
      if (!hasMemory(status)) {
        hide(directory, status, who); // its first thread has ended, and the others live
      }
    } catch (IOException | IllegalArgumentException e) {
      hide(directory, status, who); // it is not seen, or not as it is known to be told
    }
    for (OpenSocket socket : of.sockets()) {
      sockets.add(socket, own);
      if (!own && UnixSockets.receivesFiles(socket)) {
        hide(directory, status, who + ", to which another process is sending open files,");
      }
    }
    last.accept(directory);
  }

  private static long number(Path process) {
    return Long.parseLong(process.getFileName().toString());
  }

  private static String who(Path directory, Map<String, String> status) {
    return OpenFiles.process(status.getOrDefault("Name", "?"), number(directory));
  }

  /** Whether it is a kernel thread, or a zombie process. */
  private static boolean isNobody(Map<String, String> status) {
    return !hasMemory(status) && status.getOrDefault("Threads", "0").matches("[01]");
  }

  private static boolean hasMemory(Map<String, String> status) {
    return status.containsKey("VmSize");
  }

  private void hideUnseen(Path directory) {
    Map<String, String> status = status(directory);
    hide(directory, status, who(directory, status));
  }

  /** Nobody can hide from root but by leaving, and root's own cannot be known to anybody else. */
  private void hide(Path directory, Map<String, String> status, String who) {
    Credentials credentials = Credentials.parse(status);
    boolean gone = hasEnded(directory);
    boolean harmless =
        directory.endsWith(INIT)
            || HIDE_AND_USE_NOTHING.contains(status.getOrDefault("Name", ""))
            || (credentials.privileged() && !root);
    if (!gone && !harmless) {
      uses.hide(new Hidden(who, credentials));
    }
  }

  /** The threads of a process that ends take a moment, in which it has no memory any more. */
  private static boolean hasEnded(Path directory) {
    for (int i = 0; i < END_CHECKS; i++) {
      Map<String, String> status = status(directory);
      if (status.isEmpty() || isNobody(status)) {
        return !Files.exists(directory) || !status.isEmpty();
      } else if (hasMemory(status)) {
        return false;
      }
      Uninterruptibles.sleepUninterruptibly(END_CHECK);
    }
    return false;
  }

  private static Map<String, String> status(Path directory) {
    try {
      return ProcFs.status(directory);
    } catch (IOException e) {
      return Map.of();
    }
  }
}

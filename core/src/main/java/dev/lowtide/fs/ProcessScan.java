package dev.lowtide.fs;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.lowtide.fs.OpenFiles.HiddenProcess;
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
 * One scan of {@code /proc}, process by process, on its own threads. If a process blocks a thread,
 * for example because of files on a network drive whose server does not respond, the scan abandons
 * the thread: the uses that it has found count, the process counts as not inspected, and another
 * thread continues with the next process. The process is not tried again while the thread is
 * blocked.
 */
final class ProcessScan {
  /** The time limit of a scan; the remaining processes then count as not inspected. */
  private static final Duration TIME_LIMIT = Duration.ofSeconds(30);

  /** Reading {@code /proc} is limited by the processor and not by the disk. */
  private static final int WORKERS = Math.min(4, Runtime.getRuntime().availableProcessors());

  /** The interval at which blocked threads are detected. */
  private static final long POLL_MILLIS = 50;

  private static final int END_CHECKS = 10;

  private static final Duration END_CHECK = Duration.ofMillis(10);

  /**
   * Programs that run in every session, cannot be inspected by their own user, and have closed all
   * inherited files: the login helper of systemd (255) and the key agent of OpenSSH (9).
   */
  private static final Set<String> HARMLESS_PROGRAMS = Set.of("(sd-pam)", "ssh-agent");

  /**
   * The pid of init, which starts all other processes and may have more rights than any of them,
   * even more than root.
   */
  private static final String INIT = "1";

  private final ProcessUses.Shared shared;
  private final Uses uses = new Uses();
  private final int user = Stat.currentUser();
  private final boolean isRoot = user == 0;
  private final Set<Long> marked = ReadingMark.processes();
  private final UnixSockets sockets;
  private final Map<String, MountInfo> otherMounts = new ConcurrentHashMap<>();
  private final Map<String, String> processOf = new ConcurrentHashMap<>();

  private final Consumer<Path> afterEach;

  private ProcessScan(Consumer<Path> afterEach) throws IOException {
    this.afterEach = afterEach;
    MountInfo mounts = MountInfo.of(ProcFs.SELF);
    String namespace = Files.readSymbolicLink(ProcFs.SELF.resolve("ns/mnt")).toString();
    shared =
        new ProcessUses.Shared(
            uses, namespace, mounts, new SymlinkResolver(mounts), OwnProcesses.ancestors());
    sockets = new UnixSockets(uses, shared.links(), ProcFs::read);
  }

  static OpenFiles run() {
    return run(process -> {});
  }

  /**
   * @param afterEach called with each process after everything about it was read
   */
  static OpenFiles run(Consumer<Path> afterEach) {
    if (!Files.isReadable(ProcFs.SELF.resolve("maps"))) {
      return unavailable("this system does not show which files are open");
    }
    try {
      return new ProcessScan(afterEach).scanAll();
    } catch (IOException e) {
      return unavailable("the open files of processes cannot be read: " + e);
    }
  }

  private static OpenFiles unavailable(String why) {
    return new OpenFiles(Map.of(), Map.of(), List.of(), Optional.of(why));
  }

  private OpenFiles scanAll() throws IOException {
    Queue<Path> processes = new ConcurrentLinkedQueue<>(ProcFs.numericEntries(ProcFs.PROC));
    boolean interrupted = false;
    long end = System.nanoTime() + TIME_LIMIT.toNanos();
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
      long waited = worker.inspectionNanos(now);
      if (!done && (now > end || stuck.areTooMany())) {
        worker.abandon().ifPresent(this::addUninspected);
      } else if (!done && waited > stuck.timeout().toNanos()) {
        stuck.addAbandoned(Duration.ofNanos(waited));
        worker.abandon().ifPresent(this::addUninspected);
        workers.add(Worker.start(this, processes));
      } else if (!done) {
        workers.add(worker);
      }
    }
    for (Path remaining = processes.poll(); remaining != null; remaining = processes.poll()) {
      addUninspected(remaining);
    }
    try {
      sockets.find();
      KernelUses kernel = new KernelUses(shared);
      kernel.findMounts(otherMounts, processOf);
      kernel.findSwapAndLoopDevices();
    } catch (IllegalArgumentException e) { // more paths than may be stored
      uses.addHidden(
          new HiddenProcess(
              "a process with one of too many sockets or mounts", Credentials.UNKNOWN));
    }
    if (!isRoot && ProcFs.hidesProcesses()) {
      uses.addHidden(new HiddenProcess("a process of another user", Credentials.UNKNOWN));
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return uses.toOpenFiles();
  }

  /** Inspects one process after another until none is left, or until it is abandoned. */
  private static final class Worker {
    private final ProcessScan scan;
    private final Queue<Path> processes;
    private final CountDownLatch done = new CountDownLatch(1);
    private final SymlinkResolver links;
    private volatile @Nullable Path current;
    private volatile long startNanos;
    private volatile boolean isAbandoned;

    private Worker(ProcessScan scan, Queue<Path> processes) {
      this.scan = scan;
      this.processes = processes;
      links = new SymlinkResolver(scan.shared.mounts());
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
          inspect(next);
          if (isAbandoned) {
            return;
          }
        }
      } finally {
        done.countDown();
      }
    }

    private void inspect(Path process) {
      long pid = pidOf(process);
      if (StuckProcesses.BLOCKING.contains(pid)) {
        scan.addUninspected(process);
        return;
      }
      startNanos = System.nanoTime();
      current = process;
      boolean isInspected = false;
      try {
        scan.inspect(process, links);
        isInspected = true;
      } catch (RuntimeException e) {
        // a process with unexpected content must not prevent the inspection of the others
      } finally {
        current = null;
        StuckProcesses.BLOCKING.remove(pid);
        if (!isInspected) {
          scan.addUninspected(process);
        }
      }
    }

    /** For how long the worker has been inspecting its present process. */
    long inspectionNanos(long now) {
      return current == null ? 0 : now - startNanos;
    }

    /** Abandons the worker, and returns the process that blocks it, if any. */
    Optional<Path> abandon() {
      isAbandoned = true;
      Path stuck = current;
      if (stuck != null) {
        StuckProcesses.BLOCKING.add(pidOf(stuck));
        if (current == null) {
          StuckProcesses.BLOCKING.remove(pidOf(stuck)); // the worker has just finished this process
        }
      }
      return Optional.ofNullable(stuck);
    }
  }

  private void inspect(Path directory, SymlinkResolver links) {
    Map<String, String> status;
    try {
      status = ProcFs.status(directory);
    } catch (AccessDeniedException e) {
      uses.addHidden(
          new HiddenProcess("the process " + directory.getFileName(), Credentials.UNKNOWN));
      return;
    } catch (IOException e) {
      return; // it has ended
    }
    if (isKernelThreadOrZombie(status)) {
      return;
    }
    String description = describe(directory, status);
    long pid = pidOf(directory);
    boolean isOwn =
        OwnProcesses.contains(pid)
            || OwnProcesses.isLockHolder(Long.parseLong(status.getOrDefault("PPid", "0")));
    ProcessUses processUses =
        new ProcessUses(
            shared.with(links),
            directory,
            description,
            isOwn,
            marked.contains(pid) && Credentials.parse(status).isOnly(user));
    try {
      Path network = Files.readSymbolicLink(directory.resolve("ns/net"));
      sockets.addProcess(network.toString(), directory);
      processOf.putIfAbsent(
          Files.readSymbolicLink(directory.resolve("ns/mnt")).toString(), description);
      processUses.find(otherMounts, Integer.parseInt(status.getOrDefault("Threads", "1")));
      if (!hasMemory(status)) {
        // Its first thread has ended, and others still run
        addHidden(directory, status, description);
      }
    } catch (IOException | IllegalArgumentException e) {
      // It cannot be read, or its text has an unknown format
      addHidden(directory, status, description);
    }
    for (OpenSocket socket : processUses.sockets()) {
      sockets.add(socket, isOwn);
      if (!isOwn && UnixSockets.hasFilesInFlight(socket)) {
        addHidden(
            directory, status, description + ", to which another process is sending open files,");
      }
    }
    afterEach.accept(directory);
  }

  private static long pidOf(Path process) {
    return Long.parseLong(process.getFileName().toString());
  }

  private static String describe(Path directory, Map<String, String> status) {
    return OpenFiles.process(status.getOrDefault("Name", "?"), pidOf(directory));
  }

  /** Whether the process is a kernel thread or a zombie. */
  private static boolean isKernelThreadOrZombie(Map<String, String> status) {
    return !hasMemory(status) && status.getOrDefault("Threads", "0").matches("[01]");
  }

  private static boolean hasMemory(Map<String, String> status) {
    return status.containsKey("VmSize");
  }

  private void addUninspected(Path directory) {
    Map<String, String> status = status(directory);
    addHidden(directory, status, describe(directory, status));
  }

  /**
   * Records a process that could not be inspected completely, unless it has ended or is certainly
   * harmless. If this user is not root, processes of root are left out too, since only root can
   * inspect them.
   */
  private void addHidden(Path directory, Map<String, String> status, String description) {
    Credentials credentials = Credentials.parse(status);
    boolean hasEnded = hasEnded(directory);
    boolean harmless =
        directory.endsWith(INIT)
            || HARMLESS_PROGRAMS.contains(status.getOrDefault("Name", ""))
            || (credentials.privileged() && !isRoot);
    if (!hasEnded && !harmless) {
      uses.addHidden(new HiddenProcess(description, credentials));
    }
  }

  /**
   * Whether a process has ended. While its threads end, it still exists for a moment, but without
   * memory; this waits for the end.
   */
  private static boolean hasEnded(Path directory) {
    for (int i = 0; i < END_CHECKS; i++) {
      Map<String, String> status = status(directory);
      if (status.isEmpty() || isKernelThreadOrZombie(status)) {
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

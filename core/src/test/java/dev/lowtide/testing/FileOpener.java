package dev.lowtide.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/** Another process that uses files when it is told to, and does so until it is closed. */
public final class FileOpener implements AutoCloseable {
  /** How it uses a file, or the directory in which the file is. */
  public enum Use {
    /** Has the file open. */
    OPEN,
    /** A child works in the directory. */
    DIRECTORY,
    /** Has the file mapped into its memory, and closed. */
    MAPPED,
    /** The directory is the virtual environment of a child. */
    VARIABLE
  }

  private static final String SCRIPT =
      """
      import mmap, os, subprocess, sys
      for i in range(int(sys.argv[1])):
        if os.fork() == 0:  # idle, and ends with the others
          os.read(0, 1); os._exit(0)
      end, own = os.pipe()  # a child reads until this process ends
      kept = []
      def child(path):
        told, tell = os.pipe()
        if os.fork() == 0:
          os.close(own)
          try: os.chdir(path)
          except OSError: os._exit(1)
          os.write(tell, b'.'); os.close(tell)
          os.read(end, 1); os._exit(0)
        os.close(tell); there = os.read(told, 1); os.close(told)
        if not there: raise OSError(path)
      def use(how, path):
        if how == 'open': kept.append(open(path))
        elif how == 'directory': child(os.path.dirname(path))
        elif how == 'mapped':
          with open(path) as file:
            kept.append(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ))
        else:
          environment = {'VIRTUAL_ENV': os.path.dirname(path), 'PATH': os.environ['PATH']}
          kept.append(subprocess.Popen(['cat'], stdin=end, env=environment))
          os.stat(path)  # still there after it began
      print('ready', flush=True)
      for line in iter(sys.stdin.readline, ''):
        try: use(*line[:-1].split(' ', 1)); print('used', flush=True)
        except OSError as e: print(e, flush=True)
      """;

  private final Process process;
  private final Process idle;
  private final BufferedReader answers;

  /**
   * @param idleProcesses how many more processes a look at the machine has to look at
   */
  public FileOpener(int idleProcesses) {
    ChildProcess.assumeTool("python3");
    try {
      process = new ProcessBuilder("python3", "-c", SCRIPT, "0").start();
      idle = new ProcessBuilder("python3", "-c", SCRIPT, "" + idleProcesses).start();
      answers = process.inputReader(StandardCharsets.UTF_8);
      if (!"ready".equals(answers.readLine())) {
        throw new IOException("python3 did not start");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public long pid() {
    return process.pid();
  }

  /** Has it open a file; returns whether it could. */
  public boolean open(Path file) {
    return use(Use.OPEN, file);
  }

  /** Has it use a file; returns whether it could, because the file was still there. */
  public synchronized boolean use(Use how, Path file) {
    try {
      String line = how.name().toLowerCase(Locale.ROOT) + " " + file + "\n";
      process.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
      return "used".equals(answers.readLine());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    idle.descendants().forEach(ProcessHandle::destroyForcibly);
    idle.destroyForcibly();
  }
}

package dev.lowtide.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Another process that opens files when it is told to, and keeps them open until it is closed. */
public final class FileOpener implements AutoCloseable {
  private static final String SCRIPT =
      """
      import os, sys
      for i in range(int(sys.argv[1])):
        if os.fork() == 0:  # idle, and ends with the others
          os.read(0, 1); os._exit(0)
      kept = []
      for line in iter(sys.stdin.readline, ''):
        try: kept.append(open(line[:-1])); print('open', flush=True)
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
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public long pid() {
    return process.pid();
  }

  /** Has it open a file; returns whether it could. */
  public boolean open(Path file) {
    try {
      process.getOutputStream().write((file + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
      return "open".equals(answers.readLine());
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

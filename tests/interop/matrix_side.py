"""Several gateways at once: a process for each, in a lab of its own, whose lines are shown as they come."""
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

MATRIX = pathlib.Path(__file__).resolve().with_name("matrix.py")


class Progress:
    """How many cells of all are done."""

    def __init__(self, names, total):
        self.names = tuple(f"{name}: " for name in names)
        self.total, self.done, self.begun, self.lock = total, 0, time.monotonic(), threading.Lock()

    def show(self, line):
        with self.lock:
            self.done += line.startswith(self.names) and ": once more, after" not in line and ": given up" not in line
            minutes = (time.monotonic() - self.begun) / 60
            print(f"[{self.done}/{self.total}, {minutes:.0f} min] {line.rstrip()}", flush=True)


def side_by_side(names, words, chosen, at_once, total):
    """Runs the columns `names`, `at_once` of them at a time, with the command line `words` but for the gateways
    `chosen` in it. False: not all came to their end."""
    words = [word for word in words if word not in chosen]
    progress, running, failed = Progress(names, total), {}, []
    waiting = list(enumerate(names))

    def begin(number, name):
        prefix = f"{os.environ.get('LAB_PREFIX', 'ike')}{number}"
        process = subprocess.Popen([MATRIX, *words, "--column", name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, env={**os.environ, "LAB_PREFIX": prefix},
                                   start_new_session=True)  # Ctrl-C is ours: they clean up when told to end
        reader = threading.Thread(target=lambda: [progress.show(line) for line in process.stdout])
        reader.start()
        running[name] = process, reader

    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                begin(*waiting.pop(0))
            time.sleep(0.2)
            for name, (process, reader) in list(running.items()):
                if process.poll() is not None:
                    reader.join()
                    del running[name]
                    if process.returncode != 0:
                        failed.append(name)
    finally:
        # They take their labs down.
        for process, _ in running.values():
            process.send_signal(signal.SIGTERM)
        for process, reader in running.values():
            process.wait()
            reader.join()
    for name in failed:
        print(f"{name}: did not come to its end", file=sys.stderr)
    return not failed

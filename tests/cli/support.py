# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the program share: TAP lines, free ports, processes that always end."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
from serving import PATIENCE_S, free_port, get  # noqa: E402, F401

PLAIT = os.path.abspath(sys.argv[1])
# What must arrive whole gets this, so that a busy machine makes nothing late.
LATENCY_MS = "2000"


class Skip(Exception):
    """The machine cannot run this test; the reason is printed."""


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {PATIENCE_S} s in vain for {what}")


class Place:
    """A directory of its own and the processes started in it."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="plait-cli.")
        self.running = []
        return self

    def __exit__(self, *_):
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stderr.close()
        shutil.rmtree(self.path)

    def file(self, name, data=None):
        path = os.path.join(self.path, name)
        if data is not None:
            with open(path, "wb") as out:
                out.write(data)
        return path

    def start(self, *words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=None):
        log = open(self.file(f"log{len(self.running)}"), "w+b")
        process = subprocess.Popen([PLAIT, *words], stdin=stdin, stdout=stdout, stderr=log,
                                   cwd=self.path, env=env)
        process.stderr = log
        self.running.append(process)
        return process

    def log_of(self, process):
        with open(process.stderr.name, "rb") as log:
            return log.read().decode()


def stop(process, number=signal.SIGINT):
    process.send_signal(number)
    code = process.wait(timeout=PATIENCE_S)
    assert code == 0, f"exit {code} after a signal"


def run(*words, cwd=None, stdin="", env=None):
    return subprocess.run([PLAIT, *words], input=stdin, capture_output=True, text=True,
                          timeout=PATIENCE_S, cwd=cwd, env=env, check=False)


def stats(path):
    """Whole lines written so far."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.endswith("\n")]


def main(tests):
    failed = 0
    # One that is interrupted cleans up as well: a disk that stays stopped keeps its process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("interrupted"))
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} {test.__name__}")
        except Skip as reason:
            print(f"ok {number} {test.__name__} # SKIP {reason}")
        except Exception:
            failed += 1
            for line in traceback.format_exc().splitlines():
                print("# " + line)
            print(f"not ok {number} {test.__name__}")
        sys.stdout.flush()
    sys.exit(1 if failed else 0)

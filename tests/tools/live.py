"""Live tools on loopback: a gateway in the background, tools run to their end, and what they said."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

# Longer than anything takes on a machine with other work; a case that needs it has failed.
PATIENCE = 60
PSK = "a secret for tests only"


class Skip(Exception):
    """This machine cannot show it, and why."""


class Bench:
    """A folder for one case, the tools, and what was started."""

    def __init__(self, tools: str):
        self.tools = pathlib.Path(tools).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ike-tools-"))
        self.started = []
        self.write("psk", PSK + "\n")

    def stop(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()

    def close(self):
        self.stop()
        shutil.rmtree(self.folder)

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def run(self, tool: str, *arguments, user=None):
        return subprocess.run([self.tools / tool, *arguments], cwd=self.folder, capture_output=True, text=True,
                              timeout=PATIENCE, stdin=subprocess.DEVNULL, user=user)

    def start(self, tool: str, *arguments, within=()):
        """In the background, behind the words `within`; its output goes to a file that wait_for() reads."""
        out = open(self.folder / f"out{len(self.started)}", "w+b")
        process = subprocess.Popen([*within, self.tools / tool, *arguments], cwd=self.folder, stdout=out, stderr=subprocess.STDOUT,
                                   stdin=subprocess.DEVNULL)
        process.output = pathlib.Path(out.name)
        self.started.append(process)
        return process

    def serve(self, *arguments, local="127.0.0.1", identity="gw.example", secret=True):
        """ikectl serve on free ports; gives the process, which has `ports` as flags for who connects."""
        secrets = ["--psk-file", "psk"] if secret else []
        naming = ["--id", identity] if identity else []
        process = self.start("ikectl", "serve", "--local", local, "--port", "0", *naming, *secrets,
                             "--control", "gateway.sock", *arguments)
        found = self.wait_for(process, r"ports (\d+) and (\d+)")
        process.ports = ["--port", found.group(1), "--nat-port", found.group(2)]
        process.address = local
        return process

    def wait_for(self, process, pattern: str):
        """Waits until the output has the pattern."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = re.search(pattern, process.output.read_text())
            if found:
                return found
            if process.poll() is not None and not re.search(pattern, process.output.read_text()):
                raise AssertionError(f"ended with {process.returncode}: {process.output.read_text()}")
            time.sleep(0.02)
        raise AssertionError(f"never said {pattern!r}: {process.output.read_text()}")

    def connect(self, gateway, *arguments, identity="me.example", secret=True):
        secrets = ["--psk-file", "psk"] if secret else []
        return self.run("ikectl", "connect", gateway.address, *gateway.ports, "--id", identity, *secrets,
                        "--control", "client.sock", *arguments)

    def interrupt(self, process) -> int:
        process.send_signal(signal.SIGINT)
        return process.wait(timeout=PATIENCE)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def authority(self, name: str):
        """NAME.key and NAME.pem: a CA."""
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
                     "-out", f"{name}.pem", "-days", "30", "-subj", f"/O=Tests/CN={name}")

    def certificate(self, name: str, authority: str, host: str, kind="ec", days="30"):
        """NAME.key and NAME.pem for `host`, by that CA."""
        keys = {"ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"], "ed25519": ["ed25519"]}[kind]
        self.openssl("req", "-new", "-newkey", *keys, "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                     "-subj", f"/O=Tests/CN={host}")
        self.write(f"{name}.ext", f"subjectAltName=DNS:{host}\n")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
                     "-CAcreateserial", "-out", f"{name}.pem", "-days", days, "-extfile", f"{name}.ext")


def refused(outcome, code: int, *patterns):
    """The tool ended with that code and one line on stderr in which each pattern is found."""
    lines = outcome.stderr.strip().splitlines()
    assert outcome.returncode == code, f"exit {outcome.returncode}, wants {code}: {outcome.stderr}{outcome.stdout}"
    assert len(lines) == 1, f"{len(lines)} lines on stderr: {outcome.stderr}"
    for pattern in patterns:
        assert re.search(pattern, lines[0]), f"{pattern!r} is not in: {lines[0]}"


def good(outcome):
    assert outcome.returncode == 0, f"exit {outcome.returncode}: {outcome.stderr}{outcome.stdout}"
    return outcome


def main(cases):
    """Runs the case that the command line names: FILE TOOLS CASE."""
    bench = Bench(sys.argv[1])
    try:
        cases[f"case_{sys.argv[2]}"](bench)
    except Skip as why:
        print(why)
        sys.exit(77)
    finally:
        bench.close()


def nobody():
    """A user without rights, and whether we can become it; otherwise we are one already."""
    return 65534 if os.geteuid() == 0 else None

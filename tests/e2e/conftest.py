"""The built program, started and ended by each test that wants it.

CAIS names the program (default: build/debug/cais). What it says on standard error is shown where a test fails.
"""
import contextlib
import os
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import threading
import time

import pytest

import peer as wire

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("CAIS", ROOT / "build/debug/cais")).resolve()
ADDRESS = re.compile(r"https?://(?:([0-9.]+)|\[([0-9a-f:.]+)\]|localhost):(\d+)")
START_LIMIT = 30  # seconds; a program under a sanitizer takes one or two


def environment(**changes):
    """That of the tests, without what changes how the program looks; None takes a name out."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM", "COLORTERM")}
    kept.setdefault("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0")
    kept.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
    kept.setdefault("TSAN_OPTIONS", "halt_on_error=0:exitcode=66")
    for name, value in changes.items():
        kept.pop(name, None)
        if value is not None:
            kept[name] = value
    return kept


class Server:
    """A running `cais serve`. `lines` is what it has said on standard error so far."""

    def __init__(self, arguments, *, stdout=subprocess.DEVNULL, wait_for_addresses=1, expect_status=0, program=PROGRAM, **named):
        self.expect_status = expect_status
        self.lines = []
        self.addresses = []
        self.changed = threading.Condition()
        self.process = subprocess.Popen([program, "serve", *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=stdout,
                                        stderr=subprocess.PIPE, env=named.pop("env", environment()), **named)
        self.is_reading = True
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        try:
            if wait_for_addresses:
                self.wait(lambda: len(self.addresses) >= wait_for_addresses, START_LIMIT, "it prints its address")
        except BaseException:
            self.kill()
            raise

    def _read(self):
        for line in self.process.stderr:
            line = line.decode(errors="backslashreplace").rstrip("\n")
            with self.changed:
                self.lines.append(line)
                # Addresses are the banner's: nothing that is said later may look like one.
                if line.startswith(("  http://", "  https://")) and (match := ADDRESS.search(line)):
                    self.addresses.append((match[1] or match[2] or "127.0.0.1", int(match[3])))
                self.changed.notify_all()
        with self.changed:
            self.is_reading = False
            self.changed.notify_all()

    def wait(self, condition, within, what):
        """Until `condition` holds, looked at whenever a line has come."""
        with self.changed:
            self.changed.wait_for(lambda: condition() or not self.is_reading, within)
            assert condition(), f"within {within} s: {what}; it said:\n" + "\n".join(self.lines)

    def says(self, pattern, within=10):
        """Waits for a line on standard error."""
        self.wait(lambda: any(re.search(pattern, line) for line in self.lines), within, f"it says /{pattern}/")

    @property
    def pid(self):
        return self.process.pid

    @property
    def port(self):
        return self.addresses[0][1]

    def connect(self, address=0, **named):
        return wire.Peer(self.addresses[address], **named)

    def ask(self, *arguments, **named):
        """One request on a connection of its own."""
        with self.connect() as peer:
            return peer.ask(*arguments, **named)

    def settle(self):
        """Returns when the loop has dealt with everything that had arrived before: it takes connections in their
        order, so that the answer to a new one comes last. For one worker."""
        with self.connect() as peer:
            peer.send(wire.request("/", method="SETTLE"))
            assert peer.response().status == 501

    def signal(self, number):
        self.process.send_signal(number)

    def exits(self, within=10):
        """Its exit status."""
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it has not ended within {within} s; it said:\n" + "\n".join(self.lines)) from None

    # What the kernel knows of it

    def status(self, name):
        """A figure of /proc/PID/status, such as VmHWM in KiB."""
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+)", text, re.M)[1])

    def forget_peak(self):
        """VmHWM starts again from what is used now."""
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def lowest_free_descriptor(self):
        taken = set(map(int, os.listdir(f"/proc/{self.pid}/fd")))
        return next(number for number in range(len(taken) + 1) if number not in taken)

    def connections(self):
        """Its sockets, listeners included."""
        return sum(name.startswith("socket:") for name in self.open_files())

    def open_files(self):
        names = []
        for name in os.listdir(f"/proc/{self.pid}/fd"):
            with contextlib.suppress(OSError):
                names.append(os.readlink(f"/proc/{self.pid}/fd/{name}"))
        return names

    # The end

    def stop(self, within=20):
        """SIGTERM, unless it has ended; then its status must be the one expected, and no sanitizer may have spoken."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.exits(within)
        self.reader.join(5)
        said = "\n".join(self.lines)
        assert "Sanitizer" not in said and "runtime error" not in said, said
        assert status == self.expect_status, f"it exited with {status}; it said:\n{said}"

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.reader.join(5)


class Cais:
    """The program."""

    program = PROGRAM

    @contextlib.contextmanager
    def serve(self, folder, *options, listen="127.0.0.1:0", **named):
        """A server of `folder` for the length of the block. Ended by SIGTERM, unless the test ended it."""
        listening = ["--listen", listen] if listen else []
        server = Server([folder, *listening, *options], **named)
        try:
            yield server
            server.stop()
        except BaseException:
            server.kill()
            print("--- cais said:\n" + "\n".join(server.lines))
            raise

    @contextlib.contextmanager
    def serve_file(self, configuration, *options, **named):
        """The same, of a configuration, which says where to listen."""
        with self.serve(configuration, *options, listen=None, **named) as server:
            yield server

    def run(self, *arguments, within=START_LIMIT, before=(), **named):
        """Runs to its end: status, stdout, stderr."""
        named.setdefault("env", environment())
        return subprocess.run([*before, PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=within, check=False, **named)


@pytest.fixture(scope="session")
def cais():
    assert PROGRAM.is_file(), f"{PROGRAM} is not built; CAIS names another"
    return Cais()


@pytest.fixture(scope="session")
def is_sanitized():
    """Memory and time are other things under a sanitizer."""
    return b"__asan_init" in PROGRAM.read_bytes() or b"__tsan_init" in PROGRAM.read_bytes()


# What not every machine and user lets a test do. Where CI is set, which tests everything, what is missing is a failure;
# elsewhere a test goes on with what it may.


def is_root():
    """Whether what only root may can be tested."""
    if os.geteuid() != 0 and "CI" in os.environ:
        pytest.fail("CI runs the tests as root: what only root may do is not tested")
    return os.geteuid() == 0


def has_ip6():
    """Whether there is a loopback of IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
        return True
    except OSError as error:
        if "CI" in os.environ:
            pytest.fail(f"CI has IPv6, which is not tested without its loopback: {error}")
        return False


class Network:
    """A network namespace, where every port is free: `program` is cais in a new one, what `of(server)` precedes is run in
    that of a server."""

    def __init__(self, folder):
        unshare = "unshare --net" if os.geteuid() == 0 else "unshare --map-root-user --net"
        self.program = folder / "cais-in-its-own-network"
        self.program.write_text(f"""#!/bin/sh
exec {unshare} sh -c 'ip link set lo up && exec "$@"' sh {shlex.quote(str(PROGRAM))} "$@"
""")
        self.program.chmod(0o755)

    def of(self, server):
        user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        return ["nsenter", f"--target={server.pid}", "--net", *user, "--"]


@pytest.fixture
def network(tmp_path_factory):
    return Network(tmp_path_factory.mktemp("network"))


def until(condition, within=10, what="it happens"):
    """Looks again and again until `condition` gives something true; for what the kernel shows and tells nobody."""
    end = time.monotonic() + within
    while not (result := condition()):
        assert time.monotonic() < end, f"not within {within} s: {what}"
        threading.Event().wait(0.005)
    return result

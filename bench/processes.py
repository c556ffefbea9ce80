"""A server as a set of processes: what it costs in processor time and memory, and its certain end."""
import ctypes
import os
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
CLIENT = ssl.create_default_context()
CLIENT.check_hostname, CLIENT.verify_mode = False, ssl.CERT_NONE
_libc = ctypes.CDLL(None, use_errno=True)


def cores():
    """The core of the server and the core of the load; the same one where the machine has no second."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _descendants(pid):
    found = [pid]
    for at in found:
        for task in Path(f"/proc/{at}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except OSError:
                pass
    return found


class Running:
    """A started server. Used with `with`: whatever happens, its processes end, by their ids."""

    def __init__(self, command, port, core, load_core, log, tls=False):
        self.port = port
        self.scheme = "https" if tls else "http"
        self.log = log
        with open(log, "wb") as output:
            # The affinity is inherited: a wrapper such as taskset would be measured as part of the start.
            os.sched_setaffinity(0, {core})
            try:
                self.started = time.perf_counter()
                self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                                preexec_fn=_die_with_parent)
            finally:
                os.sched_setaffinity(0, {load_core})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        everyone = _descendants(self.process.pid)
        self.process.terminate()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            for pid in everyone:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.wait()

    def wait_until_it_answers(self, path="/", limit=20):
        """Asks for `path` until there is an answer. Gives the seconds since the start."""
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: close\r\n\r\n".encode()
        while time.perf_counter() - self.started < limit:
            if self.process.poll() is not None:
                break
            try:
                with self.connect(limit) as peer:
                    peer.sendall(request)
                    if peer.recv(4096):
                        return time.perf_counter() - self.started
            except (ConnectionRefusedError, ConnectionResetError):
                time.sleep(0.0001)  # not listening yet
        raise SystemExit(f"bench: {self.process.args[0]} does not answer; it said:\n{Path(self.log).read_text()[-2000:]}")

    def connect(self, limit=10, session=None):
        """A connection, with TLS where the server speaks it; it does not look at the certificate."""
        peer = socket.create_connection(("127.0.0.1", self.port), timeout=limit)
        if self.scheme == "http":
            return peer
        return CLIENT.wrap_socket(peer, server_hostname="localhost", session=session)

    def pids(self):
        return _descendants(self.process.pid)

    def processor_ns(self):
        """Time on a processor of all threads of all its processes."""
        total = 0
        for pid in self.pids():
            for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                total += int(task.read_text().split()[0])
        return total

    def memory(self):
        """Pss and private written memory now, and the peak so far, in KiB. The peak is Pss plus what the resident set once had
        above what it has: the kernel keeps no peak of Pss."""
        pss = private = peak = 0
        for pid in self.pids():
            rollup = _numbers(f"/proc/{pid}/smaps_rollup")
            status = _numbers(f"/proc/{pid}/status")
            pss += rollup["Pss"]
            private += rollup["Private_Dirty"]  # clean pages are of files, and change hands as others map them
            peak += rollup["Pss"] + status["VmHWM"] - status["VmRSS"]
        return {"pss": pss, "private": private, "peak": peak}

    def forget_peak(self):
        for pid in self.pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5")


def _numbers(path):
    numbers = {}
    for line in Path(path).read_text().splitlines():
        words = line.split()
        if len(words) == 3 and words[2] == "kB":
            numbers[words[0].rstrip(":")] = int(words[1])
    return numbers


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

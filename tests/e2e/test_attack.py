"""What a hostile peer tries that no other file holds."""
import signal
import subprocess
import sys
import time

import pytest

# Each keeps what it has opened, so that the server's connections cost it something until it is cut.
FLOOD = """
import socket, sys, time
until = time.monotonic() + 12
held = []
while time.monotonic() < until:
    peer = socket.socket()
    peer.settimeout(1)
    held.append(peer)
    try:
        peer.connect((sys.argv[1], int(sys.argv[2])))
        peer.sendall(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
    except ConnectionRefusedError:
        break
    except OSError:
        pass
    if len(held) > 500:
        held.pop(0).close()
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_those_who_never_cease_to_connect_do_not_keep_it_from_stopping(cais, tmp_path, workers):
    """Only who had connected before is still accepted, and accepting them counts in the stop time."""
    for number in range(2_000):
        (tmp_path / f"a-file-with-a-rather-long-name-{number}.txt").touch()
    with cais.serve(tmp_path, "--workers", workers, "--limit", "stop-time=500ms") as server:
        host, port = server.addresses[0]
        floods = [subprocess.Popen([sys.executable, "-c", FLOOD, host, str(port)]) for _ in range(6)]
        try:
            time.sleep(1)
            server.signal(signal.SIGTERM)
            assert server.exits(within=20) == 0
        finally:
            for flood in floods:
                flood.kill()
                flood.wait()

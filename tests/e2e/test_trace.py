"""What `cais serve --trace` tells: its forms, what it hides, which connections, and that it is true."""
import contextlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
import xml.etree.ElementTree as xml

import pytest

from certificates import Authority
from conftest import environment, until
from peer import request

TRACE_PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
USER = 'user = "root"' if os.geteuid() == 0 else ""


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "a.txt").write_text("hello\n")
    (folder / "large.bin").write_bytes(bytes(1 << 20))
    return folder


@pytest.fixture
def made(tmp_path):
    authority = Authority(tmp_path)
    return authority, authority.issue("server", "DNS:localhost,IP:127.0.0.1")


@contextlib.contextmanager
def serving_tls(cais, tmp_path, site, made, *options, **named):
    (tmp_path / "cais.toml").write_text(
        f'{USER}\nstate = "{tmp_path}/state"\nworkers = 1\n[[site]]\nhosts = ["*"]\nlisten = ["https://127.0.0.1:0"]\n'
        f'tls = {{ {made[1]} }}\nroute = [ {{ path = "/", files = "{site}" }} ]\n')
    with cais.serve_file(tmp_path / "cais.toml", *options, **named) as server:
        yield server


def events_of(file):
    """Its events, each looked at for what all have."""
    events = [json.loads(line) for line in file.read_text().splitlines()]
    for before, event in zip([{"t": 0}, *events], events):
        assert {"t", "event", "id", "side"} <= event.keys(), event
        assert event["side"] == "server"
        assert event["t"] >= before["t"]
    assert events[0]["event"] == "trace.begin" and events[0]["t"] == 0
    return events


def names_of(events):
    return [event["event"] for event in events]


def test_json_tells_one_exchange_from_its_connection_to_its_end(cais, site, tmp_path):
    file = tmp_path / "trace"
    before = time.time()
    with cais.serve(site, "--trace", "json", "--trace-file", file, "--workers", "1") as server:
        assert server.ask("/a.txt", f"traceparent: {TRACE_PARENT}").status == 200
        until(lambda: "connection.closed" in file.read_text())
    assert os.stat(file).st_mode & 0o777 == 0o600
    events = events_of(file)
    assert events[0]["host"] == socket.gethostname()
    assert before - 1 < events[0]["wall"] / 1e6 < time.time() + 1
    assert names_of(events) == ["trace.begin", "connection.accepted", "connection.opened", "request.head", "message.end",
                                "route", "response.head", "message.end", "exchange.end", "connection.kept",
                                "connection.closed"]
    head, response = events[3], events[6]
    assert (head["method"], head["target"], head["version"]) == ("GET", "/a.txt", "HTTP/1.1")
    assert ["traceparent", TRACE_PARENT] in head["fields"]
    exchange = [event for event in events if event["id"].startswith("x")]
    assert len(exchange) == 6 and len({event["id"] for event in exchange}) == 1
    assert all(event["traceparent"] == TRACE_PARENT and event["connection"] == "c1" for event in exchange)
    assert response["status"] == 200 and ["Content-Length", "6"] in response["fields"]
    assert any(name == "Date" for name, _ in response["fields"])  # as it was sent
    assert events[8]["sent"] == 6 and events[8]["complete"]


@pytest.mark.parametrize("parent", [TRACE_PARENT.upper(), "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "x"])
def test_w3c_trace_context_3_2_what_is_malformed_is_none(cais, site, tmp_path, parent):
    file = tmp_path / "trace"
    with cais.serve(site, "--trace", "json", "--trace-file", file, "--workers", "1") as server:
        server.ask("/a.txt", f"traceparent: {parent}")
        server.ask("/a.txt", f"traceparent: {TRACE_PARENT}", f"Traceparent: {TRACE_PARENT}")
    assert not any("traceparent" in event for event in events_of(file))


def test_content_goes_both_ways_and_a_refusal_is_told(cais, site, tmp_path):
    file = tmp_path / "trace"
    with cais.serve(site, "--trace", "json", "--trace-file", file, "--echo", "/echo", "--workers", "1") as server:
        assert server.ask("/echo", method="POST", content=b"x" * 100_000).status == 200
        assert server.ask("/large.bin").status == 200
        with server.connect() as peer:
            peer.send(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
            assert peer.response().status == 400
        with server.connect() as peer:
            peer.send(b"nonsense\r\n\r\n")
            assert peer.response().status == 400
        until(lambda: file.read_text().count("connection.closed") == 4)
    events = events_of(file)
    ends = [event for event in events if event["event"] == "exchange.end"]
    assert [(end["status"], end["sent"], end["received"]) for end in ends[:2]] == [(200, 100_000, 100_000), (200, 1 << 20, 0)] or \
        ends[0]["received"] == 100_000
    assert [end["status"] for end in ends] == [200, 200, 400, 400]
    failures = [event for event in events if event["event"] == "failure"]
    assert [failure["why"] for failure in failures][0] == "the request has more than one Host"
    whole = [event for event in events if event["event"] == "message.end" and event["of"] == "request"]
    assert whole[0]["octets"] == 100_000


def test_interim_responses_are_told(cais, site, tmp_path):
    file = tmp_path / "trace"
    with cais.serve(site, "--trace", "json", "--trace-file", file, "--echo", "/echo", "--workers", "1") as server:
        with server.connect() as peer:
            peer.send(request("/echo", "Expect: 100-continue", "Content-Length: 5", method="POST"))
            assert peer.readable(5)
            peer.send(b"hello")
            until(lambda: "exchange.end" in file.read_text())
    heads = [event for event in events_of(file) if event["event"] == "response.head"]
    assert [(head["status"], head["interim"]) for head in heads] == [(100, True), (200, False)]


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_hidden_unless_asked_for(cais, site, tmp_path, form):
    fields = ["Authorization: Basic aHVzaDpodXNo", "PROXY-Authorization: hush", "cookie: a=hush", "X-Open: open"]
    for option, shown in [((), False), (("--show-secrets",), True)]:
        file = tmp_path / f"trace-{shown}"
        with cais.serve(site, "--trace", form, "--trace-file", file, *option, "--workers", "1") as server:
            assert server.ask("/a.txt", *fields).status == 200
        text = file.read_text()
        assert "open" in text
        for secret in ("aHVzaDpodXNo", "hush"):
            assert (secret in text) == shown


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_control_of_a_peer_reaches_a_terminal(cais, site, tmp_path, form):
    evil = "\x9b31m\u202eabc\u200b é".encode() + b"\xff\xc2\x9b"
    file = tmp_path / "trace"
    with cais.serve(site, "--trace", form, "--trace-file", file, "--workers", "1") as server:
        with server.connect() as peer:
            peer.send(b"GET /%1b[2J HTTP/1.1\r\nHost: a\r\nX-Evil: " + evil + b"\r\n\r\n")
            peer.response()
        with server.connect() as peer:
            peer.send(b"GET /\x1b]0;x\x07 HTTP/1.1\r\nHost: a\r\n\r\n")
            peer.response()
        until(lambda: file.read_bytes().count(b"closed") >= 2)
    octets = file.read_bytes()
    text = octets.decode()  # it is UTF-8, whatever came
    assert b"X-Evil" in octets
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", text)


def test_only_some_paths_or_addresses(cais, site, tmp_path):
    (site / "sub").mkdir()
    (site / "sub/b.txt").write_text("b")
    file = tmp_path / "trace"
    with cais.serve(site, "--trace", "json", "--trace-file", file, "--trace-only", "/sub", "--workers", "1") as server:
        assert server.ask("/a.txt").status == 200
        assert server.ask("/subway").status == 404
        with server.connect() as peer:
            for target in ("/a.txt", "/sub/b.txt?x", "/a.txt", "/sub/b.txt"):
                assert peer.ask(target).status == 200
        until(lambda: "connection.closed" in file.read_text())
    events = events_of(file)
    assert [event["target"] for event in events if event["event"] == "request.head"] == ["/sub/b.txt?x", "/sub/b.txt"]
    # What came before is told then.
    assert names_of(events)[:3] == ["trace.begin", "connection.accepted", "connection.opened"]
    assert events[1]["id"] == "c3"

    for only, count in [("127.0.0.0/8", 1), ("192.0.2.1", 0)]:
        file = tmp_path / f"trace-{count}"
        with cais.serve(site, "--trace", "json", "--trace-file", file, "--trace-only", only, "--workers", "1") as server:
            assert server.ask("/a.txt").status == 200
        assert names_of(events_of(file)).count("request.head") == count


def test_several_workers_tell_one_story(cais, site, tmp_path):
    file = tmp_path / "trace"
    with cais.serve(site, "--trace", "json", "--trace-file", file, "--workers", "4") as server:
        def ask():
            for _ in range(20):
                assert server.ask("/a.txt").status == 200
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    events = events_of(file)
    ends = [event for event in events if event["event"] == "exchange.end"]
    assert len(ends) == 160 and len({end["id"] for end in ends}) == 160
    assert names_of(events).count("connection.closed") == 160


def test_a_trace_that_nobody_reads_stops_nobody(cais, site, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with cais.serve(site, "--trace", "json", "--trace-file", pipe, "--workers", "1") as server:
            long = "X-Long: " + "x" * 6000
            with server.connect() as peer:
                for _ in range(2500):
                    assert peer.ask("/a.txt", long).status == 200
            server.says(r"trace .*lines were lost")
    finally:
        os.close(reader)


def test_a_reload_changes_nothing_about_it(cais, tmp_path, site, made):
    file = tmp_path / "trace"
    with serving_tls(cais, tmp_path, site, made, "--trace", "json", "--trace-file", file) as server:
        def get():
            subprocess.run(["curl", "-sS", "--noproxy", "*", "--cacert", str(made[0].certificate),
                            f"https://localhost:{server.port}/a.txt"], check=True, capture_output=True, timeout=20)
        get()
        server.signal(signal.SIGHUP)
        server.says("reload")
        get()
    events = events_of(file)
    assert names_of(events).count("tls.established") == 2
    assert names_of(events).count("trace.begin") == 1


def test_text_has_colours_on_a_terminal_alone(cais, site, tmp_path):
    file = tmp_path / "trace"
    with cais.serve(site, "--trace", "text", "--trace-file", file, "--workers", "1") as server:
        server.ask("/a.txt")
    assert "\x1b" not in file.read_text()
    with cais.serve(site, "--trace", "text", "--workers", "1") as server:
        server.ask("/a.txt")
        server.says(r"< request +GET /a.txt HTTP/1.1")
    assert not any("\x1b" in line for line in server.lines)


@pytest.mark.parametrize("arguments, what", [
    (["--trace", "xml"], "--trace"),
    (["--trace-file", "x"], "--trace"),
    (["--trace-only", "/x"], "--trace"),
    (["--trace", "json", "--trace-only", "example.com"], "neither an address, a network nor a path"),
    (["--trace", "json", "--trace-only", "10.0.0.0/99"], "neither an address, a network nor a path")])
def test_options_that_do_not_fit(cais, site, arguments, what):
    done = cais.run("serve", site, *arguments)
    assert done.returncode == 2
    assert what in done.stderr


def test_a_file_that_cannot_be_opened_is_an_error(cais, site, tmp_path):
    done = cais.run("serve", site, "--trace", "json", "--trace-file", tmp_path / "none/trace")
    assert done.returncode == 1
    assert "--trace-file" in done.stderr and "No such file or directory" in done.stderr
    done = cais.run("serve", site, "--key-log", tmp_path / "none/keys")
    assert done.returncode == 1
    assert "--key-log" in done.stderr


def test_secrets_of_tls_are_logged_by_option_alone(cais, tmp_path, site, made):
    ignored, keys = tmp_path / "ignored", tmp_path / "keys"
    keys.write_text("")
    keys.chmod(0o644)
    with serving_tls(cais, tmp_path, site, made, "--key-log", keys, env=environment(SSLKEYLOGFILE=str(ignored))) as server:
        server.says("--key-log .*the secrets of every connection are written there")
        subprocess.run(["curl", "-sS", "--noproxy", "*", "--cacert", str(made[0].certificate),
                        f"https://localhost:{server.port}/a.txt"], check=True, capture_output=True, timeout=20)
        until(lambda: "CLIENT_TRAFFIC_SECRET_0" in keys.read_text())
    assert os.stat(keys).st_mode & 0o777 == 0o600
    assert not ignored.exists()


def test_a_handshake_that_fails_is_told(cais, tmp_path, site, made):
    file = tmp_path / "trace"
    with serving_tls(cais, tmp_path, site, made, "--trace", "json", "--trace-file", file) as server:
        context = ssl.create_default_context()  # which does not believe the authority
        with pytest.raises(ssl.SSLError), socket.create_connection(("127.0.0.1", server.port), 10) as peer:
            context.wrap_socket(peer, server_hostname="localhost")
        until(lambda: "connection.closed" in file.read_text())
        with socket.create_connection(("127.0.0.1", server.port), 10) as peer:
            peer.sendall(request("/a.txt"))
            peer.recv(100)
        until(lambda: file.read_text().count("connection.closed") == 2)
    events = events_of(file)
    failures = [event for event in events if event["event"] == "tls.failure"]
    assert len(failures) == 2 and "it speaks HTTP without TLS" in failures[1]["why"]
    alerts = [event for event in events if event["event"] == "tls.handshake" and event["content"] == "alert"]
    assert [(alert["direction"], alert["message"]) for alert in alerts] == [("received", "unknown CA")]
    assert all(event["failure"] for event in events if event["event"] == "connection.closed")


# What the trace tells is what was on the wire.

HANDSHAKE = {1: "ClientHello", 2: "ServerHello", 4: "NewSessionTicket", 8: "EncryptedExtensions", 11: "Certificate",
             12: "ServerKeyExchange", 13: "CertificateRequest", 14: "ServerHelloDone", 15: "CertificateVerify",
             16: "ClientKeyExchange", 20: "Finished", 22: "CertificateStatus", 24: "KeyUpdate"}


@contextlib.contextmanager
def capturing(before, file, port):
    """dumpcap at the loopback; `seen()` waits until both ends of `count` connections were captured."""
    process = subprocess.Popen([*before, "dumpcap", "-q", "-i", "lo", "-f", f"tcp port {port}", "-w", str(file)],
                               stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if line.startswith("File:"):
                break
        else:
            pytest.fail("dumpcap does not capture")
        def seen(count):
            def fins():
                done = subprocess.run(["tshark", "-r", str(file), "-Y", "tcp.flags.fin == 1 || tcp.flags.reset == 1"],
                                      capture_output=True, text=True)
                return len(done.stdout.splitlines()) >= 2 * count
            until(fins, 20, "dumpcap has seen the connection's end")
        yield seen
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        process.stderr.close()


def seen_by_tshark(file, keys, port):
    """(direction, what, …) of each message in the capture, decrypted, in its order."""
    done = subprocess.run(["tshark", "-r", str(file), "-o", f"tls.keylog_file:{keys}", "-d", f"tcp.port=={port},tls",
                           "-T", "pdml"], capture_output=True, check=True, timeout=60)
    seen = []
    for packet in xml.fromstring(done.stdout).iter("packet"):
        ports = [field.get("show") for field in packet.iter("field") if field.get("name") == "tcp.srcport"]
        direction = "sent" if ports[0] == str(port) else "received"
        for field in packet.iter("field"):
            name, show = field.get("name"), field.get("show")
            if name == "tls.handshake" and field.find("field[@name='tls.handshake.type']") is not None:
                kind = int(field.find("field[@name='tls.handshake.type']").get("show"))
                length = int(field.find("field[@name='tls.handshake.length']").get("show"))
                seen.append((direction, HANDSHAKE[kind], length + 4))
            elif name == "tls.alert_message.desc":
                seen.append((direction, "alert", int(show)))
            elif name == "http.request.method":
                seen.append((direction, "request", show))
            elif name == "http.response.code":
                seen.append((direction, "response", show))
            elif name in ("http.request.line", "http.response.line"):
                seen.append((direction, "field", show.replace("\\r\\n", "").strip()))
    return seen


def told_of(events):
    """The same of a trace."""
    told = []
    for event in events:
        name = event["event"]
        if name == "tls.handshake" and event["content"] == "handshake":
            told.append((event["direction"], event["message"], event["octets"]))
        elif name == "tls.handshake" and event["content"] == "alert":
            told.append((event["direction"], "alert", event["type"]))
        elif name == "request.head":
            told.append(("received", "request", event["method"]))
            told += [("received", "field", f"{field}: {value}") for field, value in event["fields"]]
        elif name == "response.head":
            told.append(("sent", "response", str(event["status"])))
            told += [("sent", "field", f"{field}: {value}") for field, value in event["fields"]]
    return told


@pytest.mark.parametrize("version", ["1.3", "1.2"])
def test_the_trace_is_what_tshark_saw(cais, tmp_path, site, made, network, version):
    file, keys, capture = tmp_path / "trace", tmp_path / "keys", tmp_path / "capture.pcapng"
    tmp_path.chmod(0o755)
    with serving_tls(cais, tmp_path, site, made, "--trace", "json", "--trace-file", file, "--key-log", keys,
                     program=network.program) as server:
        with capturing(network.of(server), capture, server.port) as seen:
            subprocess.run([*network.of(server), "curl", "-sS", "--noproxy", "*", "--http1.1", f"--tlsv{version}", "--tls-max", version,
                            "--cacert", str(made[0].certificate), f"https://localhost:{server.port}/a.txt"],
                           check=True, capture_output=True, timeout=20)
            until(lambda: "connection.closed" in file.read_text())
            seen(1)
    events = events_of(file)
    wire = seen_by_tshark(capture, keys, server.port)
    told = told_of(events)
    for direction in ("sent", "received"):
        assert [what for what in told if what[0] == direction] == [what for what in wire if what[0] == direction]
    assert len(told) > 15
    established = next(event for event in events if event["event"] == "tls.established")
    assert established["version"] == f"TLSv{version}"


def test_two_stories_on_one_time_line(cais, site, tmp_path):
    """Of two servers, one before the other: as far as `join` is concerned it is any two."""
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file in files:
        with cais.serve(site, "--trace", "json", "--trace-file", file, "--workers", "1") as server:
            assert server.ask("/a.txt", f"traceparent: {TRACE_PARENT}", "Cookie: a=hush").status == 200
    done = cais.run("trace", "join", *files)
    assert done.returncode == 0, done.stderr
    assert f"x1 of A is x1 of B: {TRACE_PARENT}" in done.stdout
    assert done.stdout.count("GET /a.txt HTTP/1.1") == 2
    assert "hush" not in done.stdout

    files[1].write_text(files[1].read_text() + "{broken\n")
    done = cais.run("trace", "join", *files)
    assert done.returncode == 0
    assert "it is no JSON; it is left out" in done.stderr

    for wrong in (tmp_path / "none", site, tmp_path / "empty"):
        (tmp_path / "empty").write_text("")
        done = cais.run("trace", "join", files[0], wrong)
        assert done.returncode == 1
        assert done.stderr.startswith("cais: trace join ") and done.stdout == ""
    assert cais.run("trace", "join", files[0]).returncode == 2
    assert cais.run("trace").returncode == 2

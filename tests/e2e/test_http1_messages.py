"""HTTP/1.1 as it is spoken: persistent connections, pipelining, content both ways, the ends of a connection."""
import hashlib
import os
import re
import select
import threading

import pytest
from peer import Ended, chunked, parse_responses, request

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def server(cais, tmp_path_factory):
    with cais.serve(tmp_path_factory.mktemp("site"), "--echo", "/echo", "--workers", "1") as running:
        yield running


# Persistence: RFC 9112 §9.3


def test_s9_3_requests_one_after_the_other(server):
    with server.connect() as peer:
        for number in range(50):
            response = peer.ask(f"/echo/{number}")
            assert response.status == 200
            assert f"GET /echo/{number} HTTP/1.1" in response.text
            assert response.get("Connection") is None


@pytest.mark.parametrize("connection", ["close", "Close", "x, close", "close, x", ", close ,"])
def test_s9_6_close_is_obeyed(server, connection):
    with server.connect() as peer:
        response = peer.ask("/echo", f"Connection: {connection}")
        assert response.members("Connection") == ["close"]
        assert peer.closed()


def test_s9_6_nothing_is_answered_after_close(server):
    with server.connect() as peer:
        peer.send(request("/echo/1", "Connection: close") + request("/echo/2"))
        assert "/echo/1" in peer.response().text
        assert peer.ended()


@pytest.mark.parametrize("connection", ["closed", "x-close", "keep-alive", "clos e"])
def test_s9_6_what_is_not_close(server, connection):
    with server.connect() as peer:
        assert peer.ask("/echo", f"Connection: {connection}").members("Connection") != ["close"]
        assert peer.ask("/echo").status == 200


def test_s9_3_1_0_closes(server):
    with server.connect() as peer:
        response = peer.ask("/echo", version="HTTP/1.0")
        assert response.members("Connection") == ["close"]
        assert peer.closed()


def test_s9_3_1_0_with_keep_alive(server):
    with server.connect() as peer:
        for _ in range(3):
            response = peer.ask("/echo", "Connection: keep-alive", version="HTTP/1.0")
            assert response.members("Connection") == ["keep-alive"]
            assert response.framing == "length"
        assert peer.ask("/echo", version="HTTP/1.0").members("Connection") == ["close"]
        assert peer.closed()


def test_s9_3_1_0_never_gets_chunks(server):
    """Content of unknown length ends with the connection. It is known here, since HTTP/1.0 has no chunked requests."""
    with server.connect() as peer:
        response = peer.ask("/echo", "Connection: keep-alive", version="HTTP/1.0", method="POST", content=b"some content")
        assert response.framing in ("length", "close")
        assert response.content == b"some content"


# Pipelining: RFC 9112 §9.3.2


def test_s9_3_2_a_hundred_at_once_are_answered_in_order(server):
    with server.connect() as peer:
        peer.send(b"".join(request(f"/echo/{number}") for number in range(100)))
        for number in range(100):
            assert f"GET /echo/{number} HTTP/1.1" in peer.response().text


def test_s9_3_2_in_order_whatever_they_are(server):
    wanted = []
    octets = b""
    for number in range(60):
        kind = number % 6
        body = (b"%d " % number) * (1 + number * 40)
        if kind == 0:
            octets += request(f"/echo/{number}")
        elif kind == 1:
            octets += request("/echo", method="POST", content=body)
        elif kind == 2:
            octets += request("/echo", "Transfer-Encoding: chunked", method="PUT") + chunked(body[:7], body[7:])
        elif kind == 3:
            octets += request("/echo?whole", method="POST", content=body)
        elif kind == 4:
            octets += request("/echo?ignore", method="POST", content=body)
        else:
            octets += request("/echo", method="BREW")
        wanted.append((kind, number, body))
    with server.connect() as peer:
        sender = threading.Thread(target=peer.send, args=(octets,))
        sender.start()
        for kind, number, body in wanted:
            response = peer.response()
            assert response.status == (501 if kind == 5 else 200)
            if kind == 0:
                assert f"GET /echo/{number} " in response.text
            elif kind in (1, 2, 3):
                assert response.content == body
            elif kind == 4:
                assert response.content == b"ignored\n"
        sender.join()


def test_s9_3_2_a_reader_that_waits_till_the_end(server):
    """Thousands of answers that nobody reads yet: memory is bounded by back-pressure, and all of them come."""
    count = 20000
    octets = request("/echo", "X-Padding: " + "p" * 200) * count
    with server.connect() as peer:
        peer.within = 60
        sender = threading.Thread(target=peer.send, args=(octets,))
        sender.start()
        # Both directions fill up before a single answer is read.
        select.select([], [], [], 0)
        for _ in range(count):
            assert peer.response().status == 200
        sender.join()


def test_s9_3_2_an_answer_leaves_before_the_next_request_is_whole(server):
    with server.connect() as peer:
        peer.send(request("/echo/1") + request("/echo/2")[:-1])
        assert "/echo/1" in peer.response().text
        peer.send(b"\n")
        assert "/echo/2" in peer.response().text


# The start of a request: RFC 9112 §2.2, §3.2


@pytest.mark.parametrize("count", range(5))
def test_s2_2_empty_lines_before_a_request(server, count):
    with server.connect() as peer:
        for number in range(3):
            peer.send(b"\r\n" * count + request(f"/echo/{number}"))
            assert f"/echo/{number}" in peer.response().text


@pytest.mark.parametrize("octet", [octet for octet in range(0x21, 0x7f) if chr(octet) not in "#%?"])
def test_s3_2_looser_visible_octets_in_a_target(server, octet):
    for target in (f"/echo/a{chr(octet)}b", f"/echo?a{chr(octet)}b"):
        response = server.ask(target)
        assert response.status == 200
        assert response.text.startswith(f"GET {target} HTTP/1.1\r\n")


def test_s3_2_2_absolute_target(server):
    response = server.ask("http://other.example:8080/echo/x?y", host="example.com")
    assert response.status == 200
    assert response.text.startswith("GET http://other.example:8080/echo/x?y HTTP/1.1\r\n")


def test_s3_2_2_the_authority_of_the_target_counts(cais, tmp_path):
    log = tmp_path / "log"
    with cais.serve(tmp_path, "--echo", "/echo", "--workers", "1", "--log", "json", "--log-file", log) as server:
        assert server.ask("http://other.example/echo", host="example.com").status == 200
        assert server.ask("/echo", host="example.com").status == 200
    assert re.findall(r'"host":"([^"]*)"', log.read_text()) == ["other.example", "example.com"]


# Fields: RFC 9110 §5


def test_s5_5_obs_text_is_opaque(server):
    value = bytes(range(0x80, 0x100)).decode("latin-1")
    assert f"X: {value}\r\n".encode("latin-1") in server.ask("/echo", f"X: {value}").content


def test_s5_5_space_around_a_value(server):
    text = server.ask("/echo", "A:a", "B: \t b \t ", "C:", "D:  ", "E:\te\tf").text
    for line in ("A: a", "B: b", "C: ", "D: ", "E: e\tf"):
        assert f"\r\n{line}\r\n" in text


def test_s5_1_every_token_octet_in_a_name(server):
    name = "!#$%&'*+-.^_`|~09AZaz"
    assert f"{name}: x\r\n" in server.ask("/echo", f"{name}: x").text


def test_s5_3_order_of_lines_is_kept(server):
    text = server.ask("/echo", "X: 1", "Y: 2", "X: 3").text
    assert text.index("X: 1") < text.index("Y: 2") < text.index("X: 3")


# HEAD: RFC 9110 §9.3.2


def test_s9_3_2_head_has_the_fields_of_get_and_no_content(server):
    with server.connect() as peer:
        get = peer.ask("/echo", "X: x")
        head = peer.ask("/echo", "X: y", method="HEAD")
        assert head.status == 200
        assert head.content == b""
        # One letter more in the method.
        assert int(head.get("Content-Length")) == int(get.get("Content-Length")) + 1
        assert [name for name, _ in head.fields] == [name for name, _ in get.fields]
        # Nothing stands between it and the next response.
        assert peer.ask("/echo").status == 200


def test_s9_3_2_head_of_an_error(server):
    with server.connect() as peer:
        response = peer.ask("/echo", "Content-Length: x", method="HEAD")
        assert response.status == 400
        assert peer.closed()


# Content: RFC 9112 §6, §7


@pytest.mark.parametrize("size", [1, 2, 4095, 4096, 16384, 16385, 65536, 300_000])
def test_s6_2_length(server, size):
    content = os.urandom(size)
    with server.connect() as peer:
        for _ in range(2):
            response = peer.ask("/echo", "Content-Type: image/x-noise", method="POST", content=content)
            assert response.framing == "length"
            assert response.content == content
            assert response.get("Content-Type") == "image/x-noise"


@pytest.mark.parametrize("target", ["/echo", "/echo?whole", "/echo?ignore"])
def test_s6_2_length_zero(server, target):
    with server.connect() as peer:
        assert peer.ask(target, method="POST", content=b"").status == 200
        assert peer.ask("/echo").status == 200


def test_s8_6_length_with_zeros_before_it(server):
    with server.connect() as peer:
        peer.send(request("/echo", "Content-Length: 0005", method="POST") + b"hello" + request("/echo"))
        assert peer.response().content == b"hello"
        assert peer.response().status == 200


@pytest.mark.parametrize("sizes", [[], [1], [1, 2, 3], [16384, 1, 16384], [4096] * 70, [300_000]])
def test_s7_1_chunked_both_ways(server, sizes):
    chunks = [os.urandom(size) for size in sizes]
    with server.connect() as peer:
        for _ in range(2):
            sender = threading.Thread(target=peer.send, args=(
                request("/echo", "Transfer-Encoding: chunked", method="POST") + chunked(*chunks),))
            sender.start()
            response = peer.response()
            sender.join()
            assert response.status == 200
            assert response.framing == "chunked"
            assert response.content == b"".join(chunks)


@pytest.mark.parametrize("size_line", [b"5", b"05", b"0000000000000005", b"5;x", b"5;x=y", b'5;x="y;\\"z"', b"5;;", b"5; x = y"])
def test_s7_1_size_lines_taken(server, size_line):
    with server.connect() as peer:
        peer.send(request("/echo?whole", "Transfer-Encoding: cHuNkEd", method="POST")
                  + size_line + b"\r\nhello\r\n0;last\r\n\r\n" + request("/echo"))
        assert peer.response().content == b"hello"
        assert peer.response().status == 200


@pytest.mark.parametrize("size", [b"a", b"A", b"0a"])
def test_s7_1_hexadecimal_in_either_case(server, size):
    with server.connect() as peer:
        peer.send(request("/echo", "Transfer-Encoding: chunked", method="POST") + size + b"\r\n0123456789\r\n0\r\n\r\n")
        assert peer.response().content == b"0123456789"


def test_s7_1_2_trailers_come_back_to_who_takes_them(server):
    trailers = ["X-Sum: 17", "X-Empty:"]
    with server.connect() as peer:
        peer.send(request("/echo", "Transfer-Encoding: chunked", "TE: trailers", "Connection: TE", method="POST")
                  + chunked(b"content", trailers=trailers))
        response = peer.response()
        assert response.content == b"content"
        assert response.trailers == [("X-Sum", "17"), ("X-Empty", "")]
        assert peer.ask("/echo").status == 200


@pytest.mark.parametrize("te", ["", "TE: gzip", "TE: trailersx"])
def test_s7_1_2_trailers_are_not_forced_on_anybody(server, te):
    with server.connect() as peer:
        peer.send(request("/echo", "Transfer-Encoding: chunked", *([te] if te else []), method="POST")
                  + chunked(b"content", trailers=["X-Sum: 17"]))
        response = peer.response()
        assert response.content == b"content"
        assert response.trailers == []


@pytest.mark.parametrize("line", ["Content-Length: 3", "Transfer-Encoding: chunked", "Host: b", "Authorization: Basic YTpi",
                                  "Content-Type: text/html", "Content-Encoding: gzip", "Cookie: a=b", "Trailer: x"])
def test_s6_5_1_trailers_that_frame_or_route_are_not_taken(server, line):
    with server.connect() as peer:
        peer.send(request("/echo", "Transfer-Encoding: chunked", "TE: trailers", method="POST")
                  + chunked(b"content", trailers=[line, "X-Sum: 17"]))
        assert peer.response().trailers == [("X-Sum", "17")]
        assert peer.ask("/echo").status == 200


def test_s9_3_1_get_with_content(server):
    """RFC 9110 §9.3.1: it means nothing, but it is there, and the next request begins behind it."""
    with server.connect() as peer:
        peer.send(request("/echo?ignore", content=b"GET /echo HTTP/1.1\r\nHost: a\r\n\r\n") + request("/echo/next"))
        assert peer.response().content == b"ignored\n"
        assert "/echo/next" in peer.response().text


# Expect: RFC 9110 §10.1.1


def test_s10_1_1_continue_when_the_content_is_pulled(server):
    with server.connect() as peer:
        for _ in range(2):
            peer.send(request("/echo?whole", "Expect: 100-continue", "Content-Length: 7", method="POST"))
            assert peer.response().status == 100
            peer.send(b"content")
            response = peer.response()
            assert (response.status, response.content) == (200, b"content")


def test_s10_1_1_continue_before_a_streamed_answer(server):
    """The handler gives the content itself as the answer: 100 must come before that answer's head, not inside it."""
    with server.connect() as peer:
        peer.send(request("/echo", "Expect: 100-continue", "Content-Length: 7", method="POST"))
        assert peer.response().status == 100
        peer.send(b"content")
        response = peer.response()
        assert (response.status, response.content) == (200, b"content")


def test_s10_1_1_continue_for_chunked_content(server):
    with server.connect() as peer:
        peer.send(request("/echo?whole", "Expect: 100-CONTINUE", "Transfer-Encoding: chunked", method="POST"))
        assert peer.response().status == 100
        peer.send(chunked(b"content"))
        assert peer.response().content == b"content"


def test_s10_1_1_no_continue_where_nobody_reads(server):
    with server.connect() as peer:
        peer.send(request("/echo?ignore", "Expect: 100-continue", "Content-Length: 7", method="POST"))
        response = peer.response()
        assert (response.status, response.content) == (200, b"ignored\n")
        # Whether the content comes now cannot be known.
        assert response.members("Connection") == ["close"]
        assert peer.closed()


def test_s10_1_1_no_continue_for_a_refusal(server):
    with server.connect() as peer:
        peer.send(request("/echo?whole", "Expect: 100-continue", f"Content-Length: {2 * MIB}", method="POST"))
        assert peer.response().status == 413
        assert peer.closed()


def test_s10_1_1_no_continue_where_content_has_come(server):
    with server.connect() as peer:
        assert peer.ask("/echo?whole", "Expect: 100-continue", method="POST", content=b"content").content == b"content"
        assert peer.ask("/echo").status == 200


def test_s10_1_1_no_continue_without_content(server):
    assert server.ask("/echo", "Expect: 100-continue").status == 200


def test_s10_1_1_no_continue_in_1_0(server):
    with server.connect() as peer:
        peer.send(request("/echo?whole", "Expect: 100-continue", "Content-Length: 7", method="POST", version="HTTP/1.0"))
        server.settle()
        assert not peer.readable(0)
        peer.send(b"content")
        assert peer.response().status == 200


@pytest.mark.parametrize("value", ["200-ok", "100-continue, 200-ok", "100-continue=x", "100"])
def test_s10_1_1_other_expectations(server, value):
    assert server.ask("/echo", f"Expect: {value}", method="POST", content=b"content").status == 417


# Large content, streamed


class Upload(threading.Thread):
    """Sends in the background; `failure` is what went wrong."""

    def __init__(self, peer, pieces):
        super().__init__(daemon=True)
        self.peer = peer
        self.pieces = pieces
        self.failure = None
        self.sent = 0
        self.start()

    def run(self):
        try:
            for piece in self.pieces:
                self.peer.socket.sendall(piece)
                self.sent += len(piece)
        except OSError as failure:
            self.failure = failure


@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_64_mib_up_and_down_in_bounded_memory(server, is_sanitized, coding):
    block = os.urandom(MIB)
    count = 64
    with server.connect() as peer:
        peer.within = 60
        assert peer.ask("/echo").status == 200
        server.forget_peak()
        before = server.status("VmHWM")
        if coding == "length":
            head = request("/echo", f"Content-Length: {count * MIB}", method="POST")
            upload = Upload(peer, [head] + [block] * count)
        else:
            head = request("/echo", "Transfer-Encoding: chunked", method="POST")
            upload = Upload(peer, [head] + [b"%x\r\n%s\r\n" % (MIB, block)] * count + [b"0\r\n\r\n"])
        response = peer.head()
        assert response.framing == coding
        got = hashlib.sha256()
        size = 0
        for piece in peer.pieces(response):
            got.update(piece)
            size += len(piece)
        upload.join(60)
        assert upload.failure is None
        assert size == count * MIB
        assert got.digest() == hashlib.sha256(block * count).digest()
        # KiB. Nothing of 64 MiB stays; a sanitizer keeps what was freed for a while.
        assert server.status("VmHWM") - before < (64 * 1024 if is_sanitized else 2 * 1024)
        assert peer.ask("/echo").status == 200


def test_curl_uploads_what_it_does_not_know_the_length_of(cais, server, tmp_path):
    """curl sends 300 kB from a pipe with chunked and Expect: 100-continue."""
    import subprocess
    content = os.urandom(300_000)
    for more in ([], ["-H", "Expect:"], ["--http1.0"]):
        if "--http1.0" in more:
            (tmp_path / "file").write_bytes(content)
            source = ["-T", str(tmp_path / "file")]
        else:
            source = ["-T", "-"]
        run = subprocess.run(["curl", "--silent", "--show-error", "--max-time", "20", *more, *source,
                              f"http://127.0.0.1:{server.port}/echo"], input=content, capture_output=True, check=False)
        assert run.returncode == 0, run.stderr.decode()
        assert run.stdout == content


# Answers that do not wait for the content: the table of http1/session.h


def test_early_answer_then_the_rest_is_read_off(server):
    with server.connect() as peer:
        peer.send(request("/echo?ignore", "Content-Length: 100", method="POST"))
        response = peer.response()
        assert response.content == b"ignored\n"
        assert response.get("Connection") is None
        peer.send(b"x" * 100 + request("/echo/next"))
        assert "/echo/next" in peer.response().text


def test_early_answer_then_chunks_are_read_off(server):
    with server.connect() as peer:
        peer.send(request("/echo?ignore", "Transfer-Encoding: chunked", method="POST"))
        assert peer.response().content == b"ignored\n"
        peer.send(chunked(b"x" * 1000, b"y" * 10) + request("/echo/next"))
        assert "/echo/next" in peer.response().text


def test_early_answer_to_malformed_chunks_closes(server):
    with server.connect() as peer:
        peer.send(request("/echo?ignore", "Transfer-Encoding: chunked", method="POST"))
        assert peer.response().content == b"ignored\n"
        peer.send(b"+1\r\n" + request("/echo/smuggled"))
        assert peer.ended()


def test_early_answer_to_too_much_content_closes(server):
    """Who goes on sending gets the answer before the connection ends."""
    with server.connect() as peer:
        peer.send(request("/echo?ignore", f"Content-Length: {1024 * MIB}", method="POST"))
        response = peer.response()
        assert response.content == b"ignored\n"
        assert response.members("Connection") == ["close"]
        upload = Upload(peer, [b"x" * 65536] * 16 * 1024)
        upload.join(10)
        assert upload.failure is not None, "a gigabyte was read off"
        assert upload.sent < 64 * MIB


def test_the_answer_comes_to_who_sends_first_and_reads_later(server):
    """64 KiB are read off after an answer that did not want them, so that it is not lost to a reset."""
    with server.connect() as peer:
        peer.send(request("/echo", "Content-Length: x", method="POST") + b"x" * 60_000)
        assert peer.response().status == 400
        assert peer.closed()


# Half-closed connections: the table of http1/session.h


def test_half_close_between_requests(server):
    with server.connect() as peer:
        assert peer.ask("/echo").status == 200
        peer.half_close()
        assert peer.closed()


def test_half_close_at_once(server):
    with server.connect() as peer:
        peer.half_close()
        assert peer.closed()


def test_half_close_after_pipelined_requests(server):
    with server.connect() as peer:
        peer.send(b"".join(request(f"/echo/{number}") for number in range(30)))
        peer.half_close()
        for number in range(30):
            assert f"/echo/{number} " in peer.response().text
        assert peer.closed()


@pytest.mark.parametrize("octets", [b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n", b"\r\n"])
def test_half_close_inside_a_head_gets_no_answer(server, octets):
    with server.connect() as peer:
        peer.send(octets)
        peer.half_close()
        assert peer.closed()


@pytest.mark.parametrize("framing, content", [("Content-Length: 10", b"half"), ("Transfer-Encoding: chunked", b"4\r\nhalf\r\n"),
                                              ("Transfer-Encoding: chunked", b"4\r\nha"),
                                              ("Transfer-Encoding: chunked", b"4\r\nhalf\r\n0\r\n"), ("Content-Length: 10", b"")])
def test_half_close_inside_content_is_an_error_that_is_answered(server, framing, content):
    with server.connect() as peer:
        peer.send(request("/echo?whole", framing, method="POST") + content)
        peer.half_close()
        assert peer.response().status == 400
        assert peer.closed()


def test_half_close_inside_content_that_is_streamed_back(server):
    with server.connect() as peer:
        peer.send(request("/echo", "Content-Length: 10", method="POST") + b"half")
        peer.half_close()
        response = peer.head()
        with pytest.raises(Ended):
            list(peer.pieces(response))


def test_half_close_inside_content_that_nobody_reads(server):
    with server.connect() as peer:
        peer.send(request("/echo?ignore", "Content-Length: 10", method="POST") + b"half")
        peer.half_close()
        assert peer.response().content == b"ignored\n"
        assert peer.closed()


def test_half_close_while_we_answer(server):
    """The FIN is there before the answer, which is larger than any buffer between."""
    content = os.urandom(12 * MIB)
    with server.connect(receive_buffer=4096) as peer:
        peer.within = 30
        peer.socket.settimeout(30)

        def send():
            peer.socket.sendall(request("/echo", method="POST", content=content))
            peer.half_close()

        sender = threading.Thread(target=send)
        sender.start()
        response = peer.response()
        sender.join()
        assert response.content == content
        assert peer.closed()


def test_half_close_after_a_whole_request(server):
    with server.connect() as peer:
        peer.send(request("/echo?whole", method="POST", content=b"x" * 100_000))
        peer.half_close()
        assert len(peer.response().content) == 100_000
        assert peer.closed()


def test_every_response_says_who_and_when(server):
    response = server.ask("/echo")
    assert response.get("Server")
    assert response.get("Date")


def test_responses_of_one_connection_are_nothing_but_responses(server):
    with server.connect() as peer:
        peer.send(request("/echo") + request("/echo", method="OPTIONS") + request("/echo", method="X")
                  + request("/echo", "Connection: close"))
        assert [response.status for response in parse_responses(peer.rest())][0::3] == [200, 200]

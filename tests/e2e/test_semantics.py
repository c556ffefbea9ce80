"""What RFC 9110 asks of an origin server, as a client sees it: what an answer says beside its content."""
import contextlib
import os
import re
from email.utils import parsedate_to_datetime

import pytest
from peer import request

TEXT = "".join(f"line {number} of a page that is worth coding\n" for number in range(2000))
CODINGS = ["gzip", "br", "zstd"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    (folder / "page.txt").write_text(TEXT)
    (folder / "small.txt").write_text("0123456789")
    (folder / "image.png").write_bytes(bytes(1000))
    (folder / "empty.txt").touch()
    (folder / "large.txt").write_text(TEXT * 10)
    (folder / "index.html").write_text("<p>start")
    (folder / "p.en.html").write_text("<p lang=en>page")
    (folder / "p.pt-BR.html").write_text("<p lang=pt>página")
    for name in ("list", "shown"):
        (folder / name).mkdir()
        (folder / name / "member").touch()
    (folder / "shown" / "index.html").write_text("<p>shown")
    return folder


@pytest.fixture(scope="module")
def server(cais, site):
    with cais.serve(site, "--echo", "/echo", "--workers", "1") as running:
        until_settled(running, "/page.txt")
        yield running


def until_settled(server, target):
    """A tag is weak for the moment in which another change of the file might not show."""
    while server.ask(target).get("ETag").startswith("W/"):
        pass


def fields_of(response, *left_out):
    return sorted((name.lower(), value) for name, value in response.fields if name.lower() not in ("date", *left_out))


# HEAD: §9.3.2


@pytest.mark.parametrize("fields", [[], ["Accept: text/html"], ["Accept: application/json"], *([f"Accept-Encoding: {coding}"] for coding in CODINGS),
                                    ["Accept-Language: pt"], ["If-None-Match: *"], ['If-Match: "x"'], ["If-Match: nonsense"]])
@pytest.mark.parametrize("target", ["/page.txt", "/small.txt", "/image.png", "/empty.txt", "/large.txt", "/", "/p.html", "/list/", "/list", "/list?x",
                                    "/missing", "/.hidden", "/%2e", "/%ff"])
def test_s9_3_2_head_says_what_get_says(server, target, fields):
    server.ask(target, *fields)  # what is made by then has a length
    get = server.ask(target, *fields)
    head = server.ask(target, *fields, method="HEAD")
    assert head.status == get.status
    assert head.content == b""
    assert fields_of(head) == fields_of(get)


# Not modified: §15.4.5


@pytest.mark.parametrize("fields", [[], *([f"Accept-Encoding: {coding}"] for coding in CODINGS), ["Accept-Language: pt"]])
@pytest.mark.parametrize("target", ["/page.txt", "/image.png", "/", "/p.html", "/large.txt"])
def test_s15_4_5_304_has_what_200_would_say_of_caching(server, target, fields):
    whole = server.ask(target, *fields)
    response = server.ask(target, *fields, f"If-None-Match: {whole.get('ETag')}")
    assert (response.status, response.content) == (304, b"")
    for name in ("ETag", "Vary", "Cache-Control", "Expires", "Content-Location"):
        assert response.all(name) == whole.all(name), name
    assert response.get("Date")
    for name in ("Content-Type", "Content-Encoding", "Content-Language", "Transfer-Encoding"):
        assert response.get(name) is None, name


def test_s8_8_3_3_each_coding_has_its_tag(server):
    tags = {coding: server.ask("/page.txt", f"Accept-Encoding: {coding}").get("ETag") for coding in [*CODINGS, "identity"]}
    assert len(set(tags.values())) == len(tags)
    for coding, tag in tags.items():
        for other in tags:
            status = server.ask("/page.txt", f"Accept-Encoding: {other}", f"If-None-Match: {tag}").status
            assert status == (304 if coding == other else 200)


# Preconditions of what has no validators: §13.1, §13.2.1


@pytest.mark.parametrize("fields, status", [
    (["If-None-Match: *"], 304), (['If-None-Match: "x"'], 200), (["If-Match: *"], 200), (['If-Match: "x"'], 412),
    (["If-Match: nonsense"], 400), (["If-Modified-Since: Mon, 01 Jan 2035 00:00:00 GMT"], 200),
    (["If-Unmodified-Since: Mon, 01 Jan 2001 00:00:00 GMT"], 200), (['If-Match: "x"', "If-None-Match: *"], 412),
])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_s13_1_preconditions_of_a_listing(server, method, fields, status):
    response = server.ask("/list/", *fields, method=method)
    assert response.status == status
    if status == 304:
        whole = server.ask("/list/")
        assert fields_of(response) == [(name, value) for name, value in fields_of(whole) if name in ("cache-control", "server", "vary")]


@pytest.mark.parametrize("fields", [["If-None-Match: *"], ['If-Match: "x"'], ["If-Unmodified-Since: Mon, 01 Jan 2001 00:00:00 GMT"]])
@pytest.mark.parametrize("target, method, status", [
    ("/missing", "GET", 404), ("/list", "GET", 301), ("/small.txt", "PUT", 405), ("/small.txt", "OPTIONS", 204), ("*", "OPTIONS", 204)])
def test_s13_2_1_what_would_fail_or_move_anyway_asks_no_preconditions(server, target, method, status, fields):
    assert server.ask(target, *fields, method=method).status == status


# Parts: §15.3.7


def test_s15_3_7_206_has_the_fields_of_200(server):
    whole = server.ask("/page.txt")
    response = server.ask("/page.txt", "Range: bytes=10-19")
    assert response.status == 206
    assert response.get("Content-Range") == f"bytes 10-19/{len(TEXT)}"
    assert fields_of(response, "content-range", "content-length") == fields_of(whole, "content-length")


def test_s15_3_7_2_206_of_several_has_no_content_range(server):
    whole = server.ask("/page.txt")
    response = server.ask("/page.txt", "Range: bytes=0-9,5000-5009")
    assert response.status == 206
    assert fields_of(response, "content-type", "content-length") == fields_of(whole, "content-type", "content-length")
    assert response.get("Content-Range") is None
    assert response.get("Content-Type").startswith("multipart/byteranges; boundary=")


@pytest.mark.parametrize("coding", CODINGS)
def test_s14_2_a_part_is_never_of_a_coding_that_is_not_said(server, coding):
    plain = server.ask("/page.txt").get("ETag")
    response = server.ask("/page.txt", "Range: bytes=0-9", f"Accept-Encoding: {coding}")
    assert (response.status, response.get("Content-Encoding"), response.get("ETag")) == (206, None, plain)
    coded = server.ask("/page.txt", f"Accept-Encoding: {coding}")
    assert coded.get("Accept-Ranges") is None
    # §13.1.5: what the client has is another representation.
    response = server.ask("/page.txt", "Range: bytes=0-9", f"If-Range: {coded.get('ETag')}", f"Accept-Encoding: {coding}")
    assert (response.status, response.content.decode()) == (200, TEXT)


def test_s15_5_17_416_says_the_length(server):
    response = server.ask("/small.txt", "Range: bytes=10-")
    assert (response.status, response.get("Content-Range")) == (416, "bytes */10")


# Negotiation: §12


@pytest.mark.parametrize("target, fields, names", [
    ("/page.txt", [], {"accept-encoding"}), ("/image.png", [], set()),
    ("/p.html", [], {"accept-encoding", "accept-language"}), ("/list/", [], {"accept"}),
    ("/missing", [], {"accept"}), ("/list", [], {"accept"}), ("/list/", ["Accept: image/png"], {"accept"}),
])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_s12_5_5_vary_names_what_was_asked(server, target, fields, names, method):
    assert set(server.ask(target, *fields, method=method).members("Vary")) == names


def test_s12_5_5_vary_of_the_fallback(cais, site):
    """Whether index.html answers for a name with an extension hangs on Accept."""
    with cais.serve(site, "--spa", "--no-listing") as spa:
        for fields in ([], ["Accept-Encoding: gzip"]):
            page = spa.ask("/app.js", "Accept: text/html", *fields)
            assert (page.status, page.text) == (200, "<p>start")
            assert "accept" in page.members("Vary")
            again = spa.ask("/app.js", "Accept: text/html", *fields, f"If-None-Match: {page.get('ETag')}")
            assert again.status == 304
            assert again.members("Vary") == page.members("Vary")
        assert spa.ask("/app.js", "Accept: */*").status == 404
        # Here it does not.
        assert spa.ask("/deep/route").status == 200
        assert "accept" not in spa.ask("/deep/route").members("Vary")
        assert "accept" not in spa.ask("/").members("Vary")


@pytest.mark.parametrize("accept_encoding, coding", [
    ("identity;q=0", {"gzip", "br", "zstd", None}), ("*;q=0", {None}), ("", {None}), ("identity", {None}), ("identity;q=0, gzip", {"gzip"}),
    ("compress", {None}), ("x-gzip", {"gzip"}), ("gzip;q=0", {None}), ("GZIP", {"gzip"}), ("gzip;q=0, *", {"br", "zstd"}),
])
def test_s12_5_3_accept_encoding(server, accept_encoding, coding):
    response = server.ask("/page.txt", f"Accept-Encoding: {accept_encoding}")
    assert response.status == 200
    assert response.get("Content-Encoding") in coding


@pytest.mark.parametrize("language, content", [("en", "en"), ("pt", "pt-BR"), ("pt-BR", "pt-BR")])
def test_s8_5_content_language_is_said(server, language, content):
    assert server.ask("/p.html", f"Accept-Language: {language}").get("Content-Language") == content


# Dates: §6.6.1, §8.8.2.1


def test_s8_8_2_1_last_modified_is_never_later_than_date(cais, tmp_path):
    for number in range(20):
        (tmp_path / f"{number}.txt").write_text("x")
        if number % 2:
            os.utime(tmp_path / f"{number}.txt", (4_000_000_000, 4_000_000_000))
    with cais.serve(tmp_path) as server:
        for number in range(20):
            response = server.ask(f"/{number}.txt")
            assert parsedate_to_datetime(response.get("Last-Modified")) <= parsedate_to_datetime(response.get("Date"))


@pytest.mark.parametrize("octets, status", [
    (request("/small.txt"), 200), (request("/list"), 301), (request("/missing"), 404), (request("/", method="BREW"), 501),
    (request("/", host=None), 400), (b"\r\nnonsense\r\n\r\n", 400), (request("/", version="HTTP/2.0"), 505),
    (request("/", "Expect: more"), 417), (request("/" + "x" * 9000), 414), (request("/", "X: " + "x" * 70000), 431),
])
def test_s6_6_1_every_answer_has_a_date(server, octets, status):
    with server.connect() as peer:
        peer.send(octets)
        response = peer.response()
        assert response.status == status
        assert response.get("Date")


# Misdirected requests: §7.4


@pytest.mark.parametrize("target", ["https://example.com/small.txt", "HTTPS://example.com:8080/", "https://example.com"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT"])
def test_s7_4_https_is_not_answered_in_clear(server, target, method):
    response = server.ask(target, method=method)
    assert response.status == 421


def test_s7_4_http_is_answered_in_clear(server):
    for scheme in ("http", "HTTP"):
        assert server.ask(f"{scheme}://example.com/small.txt").status == 200


# What a server that cannot do it passes over: §7.6.1, §7.8, §10.1.4


@pytest.mark.parametrize("fields", [
    ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"],
    ["Connection: upgrade", "Upgrade: websocket"], ["Connection: X-Mine, te", "X-Mine: 1", "TE: gzip;q=0.5, trailers"],
    ["Max-Forwards: 0"], ["Trailer: X-Check"], ["From: me@example.com", "Via: 1.0 other"], ["Accept-Charset: utf-16"], ["Content-Encoding: x-unknown"],
    ["Connection: , ,"],
])
def test_s7_8_what_is_not_ours_changes_nothing(server, fields):
    with server.connect() as peer:
        response = peer.ask("/small.txt", *fields)
        assert (response.status, response.content) == (200, b"0123456789")
        assert response.get("Upgrade") is None
        assert peer.ask("/small.txt").status == 200


# Locations: §10.2.2


@pytest.mark.parametrize("query, wanted", [
    ("?a=b", "?a=b"), ("?", "?"), ("?a=%20%zz", "?a=%20%25zz"), ("?x[]={a|b}^`\"<>\\", "?x%5B%5D=%7Ba%7Cb%7D%5E%60%22%3C%3E%5C"),
    ("?a=/b?c:@!$&'()*+,;=-._~", "?a=/b?c:@!$&'()*+,;=-._~"),
])
def test_s10_2_2_a_location_is_a_uri_reference(server, query, wanted):
    response = server.ask(f"/list{query}")
    assert response.status == 301
    assert response.get("Location") == f"/list/{wanted}"


# Errors: §15.5, RFC 9457


@pytest.mark.parametrize("accept, media_type", [("text/html", "text/html; charset=utf-8"), ("text/plain", "text/plain; charset=utf-8"),
                                                ("application/problem+json", "application/problem+json"), ("application/json", "application/problem+json"),
                                                ("image/png", "text/plain; charset=utf-8"), ("nonsense;;;=", "text/plain; charset=utf-8")])
@pytest.mark.parametrize("target, fields, method, status", [
    ("/missing", [], "GET", 404), ("/small.txt", [], "PUT", 405), ("/small.txt", [], "BREW", 501), ("/small.txt", ['If-Match: "x"'], "GET", 412),
    ("/small.txt", ["Range: bytes=99-"], "GET", 416), ("/small.txt", ["Expect: x"], "GET", 417), ("/a/../b", [], "GET", 400)])
def test_errors_have_a_type_and_vary(server, target, fields, method, status, accept, media_type):
    response = server.ask(target, *fields, f"Accept: {accept}", method=method)
    assert response.status == status
    assert response.get("Content-Type") == media_type
    assert response.members("Vary") == ["accept"]
    assert response.content
    if "json" in media_type:
        assert re.match(rf'\{{"type":"about:blank","title":"[^"]+","status":{status}[,}}]', response.text)


def test_s15_3_5_204_has_neither_content_nor_length(server):
    response = server.ask("/small.txt", method="OPTIONS")
    assert (response.status, response.get("Content-Length"), response.get("Transfer-Encoding")) == (204, None, None)


def test_s9_1_methods_tell_case_apart(server):
    assert server.ask("/small.txt", method="get").status == 501


def test_s9_3_7_content_of_options_is_passed_over(server):
    with server.connect() as peer:
        assert peer.ask("/small.txt", "Content-Type: text/plain", method="OPTIONS", content=b"x" * 100).status == 204
        assert peer.ask("/small.txt").content == b"0123456789"


def test_s15_5_7_406_says_what_there_is(server):
    response = server.ask("/list/", "Accept: image/png")
    assert response.status == 406
    for media_type in ("text/html", "application/json", "text/plain", "text/csv"):
        assert media_type in response.text


def test_s12_4_1_a_file_that_fits_nobody_is_sent_as_it_is(server):
    response = server.ask("/image.png", "Accept: text/html", "Accept-Encoding: identity;q=0", "Accept-Language: xx", "Accept-Charset: utf-16")
    assert (response.status, response.get("Content-Encoding"), len(response.content)) == (200, None, 1000)


def test_s15_5_14_413_where_content_is_gathered(server):
    with server.connect() as peer:
        # The answer comes while content is still being sent, and the connection closes before all of it was read.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            peer.send(request("/echo?whole", method="POST", content=bytes(2 * 1024 * 1024)))
        assert peer.response().status == 413


def test_s15_5_15_414_and_rfc6585_5_431_close(server):
    for octets, status in [(request("/" + "x" * 9000), 414), (request("/", *[f"X-{number}: 1" for number in range(200)]), 431)]:
        with server.connect() as peer:
            peer.send(octets)
            response = peer.response()
            assert (response.status, response.members("Connection")) == (status, ["close"])


def test_rfc6585_5_too_many_field_lines(server):
    assert server.ask("/", *[f"X-{number}: 1" for number in range(200)]).status == 431


def test_s15_6_6_505_says_which_versions_there_are(server):
    with server.connect() as peer:
        peer.send(b"GET / HTTP/3.0\r\nHost: a\r\n\r\n")
        response = peer.response()
        assert response.status == 505
        assert "HTTP/1.1" in response.text


# Identifiers: §4.2


@pytest.mark.parametrize("target", ["http:///a", "http://:80/a", "http://?x", "http:/a", "http:a"])
def test_s4_2_1_an_empty_host_is_refused(server, target):
    assert server.ask(target).status == 400


@pytest.mark.parametrize("target, host", [("http://me@example.com/", "example.com"), ("http://me:secret@example.com/", "example.com"), ("/", "me@example.com")])
def test_s4_2_4_user_information_is_refused(server, target, host):
    assert server.ask(target, host=host).status == 400


@pytest.mark.parametrize("target", ["/a%2fb", "/a%2Fb", "/%2fetc"])
def test_rfc3986_2_2_an_escaped_slash_is_refused(server, target):
    assert server.ask(target).status == 400


@pytest.mark.parametrize("target", ["/%00", "/a%0ab", "/%7f", "/%ff", "/%c0%af", "/%ed%a0%80"])
def test_rfc3986_2_5_what_is_no_text_is_refused(server, target):
    assert server.ask(target).status == 400


@pytest.mark.parametrize("target", ["/..", "/./page.txt", "/list/../page.txt", "/%2e%2e/page.txt", "/list/%2e", "/list/..%5cpage.txt"])
def test_rfc3986_5_2_4_dot_segments_are_refused(server, target):
    assert server.ask(target).status == 400


# Decoded once: RFC 3986 §2.4


def test_rfc3986_2_4_escapes_are_read_once(cais, tmp_path):
    (tmp_path / "100%25.txt").write_text("twice")
    (tmp_path / "100%.txt").write_text("once")
    with cais.serve(tmp_path) as server:
        assert server.ask("/100%25.txt").text == "once"
        assert server.ask("/100%2525.txt").text == "twice"
        assert server.ask("/100%.txt").status == 400


# Caches: RFC 9111 §4.2.2


@pytest.mark.parametrize("target", ["/small.txt", "/page.txt", "/", "/list/", "/list", "/missing"])
def test_rfc9111_4_2_2_nothing_that_may_change_is_kept_unasked(server, target):
    """A file may come where there was none or a folder: a cache that guesses how long that lasts would hide it."""
    assert "no-cache" in server.ask(target).members("Cache-Control")


def test_rfc9111_5_1_an_origin_has_no_age(server):
    assert server.ask("/small.txt").get("Age") is None


@pytest.mark.parametrize("target", ["/page.txt", "/large.txt"])
@pytest.mark.parametrize("coding", CODINGS)
def test_s8_8_1_one_strong_tag_is_one_content(cais, site, server, target, coding):
    """What is coded again, by another server and beside others, is the same octets."""
    field = f"Accept-Encoding: {coding}"
    first = server.ask(target, field)
    with cais.serve(site, "--workers", "1") as other:
        again = other.ask(target, field)
        with other.connect() as peer, other.connect() as third:
            peer.send(request(target, field))
            third.send(request("/large.txt", "Accept-Encoding: gzip"))
            assert peer.response().content == first.content
    assert (again.get("ETag"), again.content) == (first.get("ETag"), first.content)

"""Files over HTTP: paths, validators, ranges, forms of a page, and files that change under our hands."""
import contextlib
import ctypes
import gzip
import json
import os
import pathlib
import re
import socket
import stat
import struct
import threading
import time
import xml.dom.minidom
from email.utils import formatdate

import brotli
import pytest
import zstandard
from conftest import is_root, until
from peer import Ended, parse_responses, request

KIB = 1024
MIB = 1024 * 1024
SECRET = b"nobody may read this\n"


def settled(path):
    """Waits until the file's last change is longer ago than the 20 ms within which another would not show."""
    until(lambda: time.time_ns() - os.stat(path, follow_symlinks=False).st_ctime_ns > 40_000_000)
    return path


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def text_of(size):
    """Text that can be compressed, but not to nothing."""
    words = [f"<p>line {number} of {number * 7919 % 1000}</p>" for number in range(size // 20)]
    return "\n".join(words)[:size].encode()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    base = tmp_path_factory.mktemp("base")
    write(base / "secret.txt", SECRET)
    root = base / "site"
    write(root / "index.html", "<!doctype html><title>home</title>\n")
    write(root / "a.txt", "0123456789")
    write(root / "folder/b.txt", "b\n")
    write(root / "folder/deeper/c.txt", "c\n")
    write(root / "indexed/index.html", "<!doctype html><title>indexed</title>\n")
    write(root / ".hidden", SECRET)
    write(root / ".git/config", SECRET)
    write(root / "folder/.hidden", SECRET)
    write(root / ".well-known/x.txt", "known\n")
    write(root / "large.bin", os.urandom(3 * MIB))
    write(root / "page.txt", text_of(100 * KIB))
    write(root / "empty.txt", "")
    (root / "inside.txt").symlink_to("a.txt")
    (root / "inside-folder").symlink_to("folder")
    (root / "chain.txt").symlink_to("inside.txt")
    (root / "folder/up.txt").symlink_to("../a.txt")
    (root / "outside.txt").symlink_to("../secret.txt")
    (root / "outside-folder").symlink_to("..")
    (root / "absolute.txt").symlink_to(root / "a.txt")
    (root / "and-back.txt").symlink_to("../site/a.txt")
    (root / "dangling.txt").symlink_to("nothing")
    (root / "loop.txt").symlink_to("loop.txt")
    (root / "process").symlink_to("/proc/self/root/etc")
    os.mkfifo(root / "fifo.txt")
    unix = socket.socket(socket.AF_UNIX)
    with contextlib.chdir(root):
        unix.bind("socket.txt")
    settled(root / "fifo.txt")
    settled(root)
    yield root
    unix.close()


@pytest.fixture(scope="module")
def server(cais, site):
    with cais.serve(site, "--workers", "1") as running:
        yield running


# Paths


@pytest.mark.parametrize("target, content", [
    ("/", b"<!doctype html><title>home</title>\n"),
    ("/index.html", b"<!doctype html><title>home</title>\n"),
    ("/a.txt", b"0123456789"),
    ("/a.txt?query", b"0123456789"),
    ("/%61.txt", b"0123456789"),
    ("/folder/b.txt", b"b\n"),
    ("/folder/deeper/c.txt", b"c\n"),
    ("/indexed/", b"<!doctype html><title>indexed</title>\n"),
    ("/.well-known/x.txt", b"known\n"),
    ("/inside.txt", b"0123456789"),
    ("/chain.txt", b"0123456789"),
    ("/inside-folder/b.txt", b"b\n"),
    ("/folder/up.txt", b"0123456789"),
    ("http://example.com/a.txt", b"0123456789"),
    ("/empty.txt", b""),
])
def test_what_is_there(server, target, content):
    response = server.ask(target)
    assert (response.status, response.content) == (200, content)


ESCAPES = ["..", "%2e%2e", ".%2e", "%2E.", "%2e%2E"]


@pytest.mark.parametrize("target", [
    *(f"/{dots}/secret.txt" for dots in ESCAPES),
    *(f"/folder/{dots}/{dots}/secret.txt" for dots in ESCAPES),
    *(f"/folder/{dots}" for dots in ESCAPES),
    "/.", "/./a.txt", "/folder/./b.txt", "/%2e/a.txt", "/folder/%2e",
    "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt", "/..%2Fsecret.txt", "/folder%2fb.txt", "/folder%2Fb.txt", "/%2fetc/passwd",
    "/..%5csecret.txt", "/..\\secret.txt", "/%2e%2e%5csecret.txt", "/folder\\..\\a.txt",
    "/a.txt%00", "/%00", "/a%00.txt", "/a.txt%00.html", "/a%0a.txt", "/a%0d%0aX:y", "/a%7f", "/%1f",
    "/%c0%ae%c0%ae/secret.txt", "/%c0%af", "/%e0%80%af", "/%c0%80", "/%f0%80%80%af", "/%ff", "/%80", "/%ed%a0%80", "/%c3",
    "/%", "/%4", "/%zz", "/%u002e",
])
def test_paths_refused(server, target):
    response = server.ask(target)
    assert response.status == 400
    assert SECRET not in response.content


@pytest.mark.parametrize("target", [
    "/nothing", "/nothing/", "/a.txt/", "/a.txt/b", "/folder/nothing.txt", "/folder/b.txt/",
    "//a.txt", "//", "/folder//b.txt", "///a.txt", "/folder//", "//folder", "//example.com", "//example.com/", "//example.com/%2f".replace("%2f", ""),
    "/.hidden", "/.git/config", "/.git/", "/.git", "/folder/.hidden", "/%2ehidden", "/%2Egit/config", "/.well-knownx", "/.well-known/.hidden",
    "/outside.txt", "/outside-folder/secret.txt", "/outside-folder/", "/absolute.txt", "/and-back.txt", "/dangling.txt", "/loop.txt",
    "/process/passwd", "/inside-folder/.hidden",
    "/%252e%252e/secret.txt", "/..%252fsecret.txt", "/A.TXT", "/a.txt%20", "/a.txt.", "/a.txt::$DATA", "/" + "a" * 256, "/" + "a/" * 2000,
])
def test_what_is_not_there(server, target):
    response = server.ask(target)
    assert response.status == 404
    assert SECRET not in response.content


@pytest.mark.parametrize("name", ["fifo.txt", "socket.txt"])
def test_what_is_no_file(server, site, name):
    for method in ("GET", "HEAD", "GET"):
        assert server.ask(f"/{name}", method=method).status == 404
    # Nobody holds the other end of the FIFO.
    if name == "fifo.txt":
        with pytest.raises(OSError):
            os.close(os.open(site / name, os.O_WRONLY | os.O_NONBLOCK))
    assert not any(name in path for path in server.open_files())


def test_a_device_is_no_file(cais, tmp_path):
    folder, names = pathlib.Path("/dev"), ["zero", "null", "tty"]
    if is_root():  # who alone makes devices; others look at those of the machine
        folder, names = tmp_path, ["zero", "terminal.txt"]
        os.mknod(folder / "zero", stat.S_IFCHR | 0o644, os.makedev(1, 5))
        os.mknod(folder / "terminal.txt", stat.S_IFCHR | 0o644, os.makedev(5, 0))
    with cais.serve(folder) as server:
        for name in names:
            assert stat.S_ISCHR((folder / name).stat().st_mode)
            assert server.ask(f"/{name}").status == 404
        assert not any("zero" in path for path in server.open_files())
        assert "zero" not in server.ask("/", "Accept: text/plain").text


@pytest.mark.parametrize("name", ["a b", "a+b", "a#b", "a?b", "a%b", "a%41b", "a\\b", "a:b", "a&b", "a;b", "a=b", "a'b", 'a"b', "a<b>", "äöü",
                                  "日本語", "a\u202eb", "😀", "~", "-", "_", "!", "$", "*", "(a)", "a,b", "@", "^", "`", "{a}", "|", "[a]"])
def test_every_name_is_reached(cais, tmp_path, name):
    write(tmp_path / f"{name}.txt", name)
    write(tmp_path / name / "in.txt", "in")
    from urllib.parse import quote
    escaped = quote(name, safe="")
    with cais.serve(tmp_path) as server:
        assert server.ask(f"/{escaped}.txt").text == name
        assert server.ask(f"/{escaped}/in.txt").text == "in"
        moved = server.ask(f"/{escaped}?x=/y")
        assert moved.status == 301
        location = moved.get("Location")
        assert re.fullmatch(r"/[!$-;=?-Z_a-z~]+", location), location
        assert location.endswith("/?x=/y")
        assert server.ask(location).status == 200
        listing = json.loads(server.ask("/", "Accept: application/json").text)
        assert sorted(entry["name"] for entry in listing["entries"]) == sorted([name, f"{name}.txt"])


def test_a_folder_without_its_slash(server):
    for target, location in [("/folder", "/folder/"), ("/folder?a=b&c", "/folder/?a=b&c"), ("/folder?", "/folder/?"), ("/folder/deeper", "/folder/deeper/"),
                             ("/inside-folder", "/inside-folder/"), ("/indexed", "/indexed/"), ("/%66older", "/folder/"),
                             ("http://other.example/folder?x", "/folder/?x")]:
        for method in ("GET", "HEAD"):
            response = server.ask(target, method=method)
            assert response.status == 301
            assert response.get("Location") == location


@pytest.mark.parametrize("name", ["example.com", "\\example.com", "\\\\example.com", "%5cexample.com", "http:", "@example.com"])
def test_a_redirect_never_leads_to_another_site(cais, tmp_path, name):
    (tmp_path / name).mkdir()
    from urllib.parse import quote, urljoin, urlsplit
    with cais.serve(tmp_path) as server:
        for target in (f"/{quote(name)}", f"//{quote(name)}", f"/{name.replace('%', '%25')}", f"//{name.replace('%', '%25')}", f"///{quote(name)}",
                       f"/\\{quote(name)}", f"/%5C{quote(name)}", f"/%09/{quote(name)}"):
            response = server.ask(target)
            if location := response.get("Location"):
                assert location.startswith("/") and not re.match(r"/[/\\]", location), location
                # As a browser reads it: a backslash is a slash.
                assert urlsplit(urljoin("http://here.example" + target, location.replace("\\", "/"))).hostname == "here.example"


def test_openat2_refused_is_said_at_the_start(cais, tmp_path):
    """As under an old container's seccomp profile."""
    def without_openat2():
        # struct sock_filter: load the call's number; 437 is openat2 on every architecture: EPERM; all else is allowed.
        program = b"".join(struct.pack("HBBI", *line) for line in [
            (0x20, 0, 0, 0), (0x15, 0, 1, 437), (0x06, 0, 0, 0x00050000 | 1), (0x06, 0, 0, 0x7FFF0000)])
        octets = ctypes.create_string_buffer(program, len(program))
        libc = ctypes.CDLL(None, use_errno=True)
        prog = struct.pack("HxxxxxxP", 4, ctypes.addressof(octets))
        kept = ctypes.create_string_buffer(prog, len(prog))
        assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
        assert libc.prctl(22, 2, ctypes.byref(kept), 0, 0) == 0  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER

    run = cais.run("serve", tmp_path, "--listen", "127.0.0.1:0", preexec_fn=without_openat2)
    assert run.returncode == 1
    assert "openat2" in run.stderr
    assert len(run.stderr.splitlines()) == 1


# What a file says of itself


@pytest.mark.parametrize("name, media_type", [
    ("a.html", "text/html; charset=utf-8"), ("a.htm", "text/html; charset=utf-8"), ("a.css", "text/css; charset=utf-8"),
    ("a.js", "text/javascript; charset=utf-8"), ("a.mjs", "text/javascript; charset=utf-8"), ("a.txt", "text/plain; charset=utf-8"),
    ("a.csv", "text/csv; charset=utf-8"), ("a.md", "text/markdown; charset=utf-8"), ("a.json", "application/json"), ("a.svg", "image/svg+xml"),
    ("a.png", "image/png"), ("a.jpg", "image/jpeg"), ("a.JPEG", "image/jpeg"), ("a.gif", "image/gif"), ("a.webp", "image/webp"), ("a.avif", "image/avif"),
    ("a.ico", "image/"), ("a.pdf", "application/pdf"), ("a.zip", "application/zip"), ("a.wasm", "application/wasm"), ("a.woff2", "font/woff2"),
    ("a.mp4", "video/mp4"), ("a.webm", "video/webm"), ("a.mp3", "audio/mpeg"), ("a.epub", "application/epub+zip"), ("a.webmanifest", "application/manifest+json"),
    ("a.ics", "text/calendar; charset=utf-8"), ("a.vcf", "text/vcard; charset=utf-8"), ("a.xml", "/xml"), ("a.unknown", "application/octet-stream"),
    ("noextension", "application/octet-stream"), ("a.b.PNG", "image/png"), ("a.", "application/octet-stream"),
])
def test_media_types(cais, tmp_path, name, media_type):
    write(tmp_path / name, "x")
    with cais.serve(tmp_path) as server:
        response = server.ask(f"/{name}")
        assert media_type in response.get("Content-Type")
        assert response.get("X-Content-Type-Options") == "nosniff"


def test_fields_of_a_file(server, site):
    get = server.ask("/a.txt")
    head = server.ask("/a.txt", method="HEAD")
    assert re.fullmatch(r'"[\x21\x23-\x7e]+"', get.get("ETag")), "a strong one"
    assert get.get("Last-Modified") == formatdate(int((site / "a.txt").stat().st_mtime), usegmt=True)
    assert get.get("Accept-Ranges") == "bytes"
    assert get.get("Cache-Control")
    assert get.get("Content-Length") == "10"
    different = {"Date"}
    assert [field for field in get.fields if field[0] not in different] == [field for field in head.fields if field[0] not in different]


def test_last_modified_is_never_in_the_future(cais, tmp_path):
    """RFC 9110 §8.8.2.1: an origin says no time that its own clock has not reached."""
    path = write(tmp_path / "a.txt", "x")
    os.utime(path, (time.time() + 100_000,) * 2)
    with cais.serve(tmp_path) as server:
        response = server.ask("/a.txt")
        from email.utils import parsedate_to_datetime
        modified = response.get("Last-Modified")
        assert modified is None or parsedate_to_datetime(modified) <= parsedate_to_datetime(response.get("Date"))


def test_two_files_have_two_tags(cais, tmp_path):
    for name in "abc":
        write(tmp_path / f"{name}.txt", "same")
        os.utime(tmp_path / f"{name}.txt", (1_700_000_000, 1_700_000_000))
    with cais.serve(tmp_path) as server:
        assert len({server.ask(f"/{name}.txt").get("ETag") for name in "abc"}) == 3


# Conditional requests: RFC 9110 §13


def test_conditions(server):
    whole = server.ask("/a.txt")
    tag, modified = whole.get("ETag"), whole.get("Last-Modified")
    early, late = "Mon, 01 Jan 2001 00:00:00 GMT", formatdate(time.time(), usegmt=True)
    for fields, status in [
        ([f"If-None-Match: {tag}"], 304),
        ([f"If-None-Match: W/{tag}"], 304),
        ([f'If-None-Match: "other", {tag}'], 304),
        (['If-None-Match: "other"', f"If-None-Match: {tag}"], 304),
        (["If-None-Match: *"], 304),
        (['If-None-Match: "other"'], 200),
        ([f"If-None-Match: {tag[:-1]}"], 400),
        ([f"If-Match: {tag}"], 200),
        (["If-Match: *"], 200),
        ([f"If-Match: W/{tag}"], 412),
        (['If-Match: "other"'], 412),
        ([f"If-Modified-Since: {modified}"], 304),
        ([f"If-Modified-Since: {late}"], 304),
        ([f"If-Modified-Since: {early}"], 200),
        (["If-Modified-Since: yesterday"], 200),
        ([f"If-Unmodified-Since: {modified}"], 200),
        ([f"If-Unmodified-Since: {early}"], 412),
        (["If-Unmodified-Since: yesterday"], 200),
        # §13.2.2: which counts
        ([f"If-None-Match: {tag}", f"If-Modified-Since: {early}"], 304),
        (['If-None-Match: "other"', f"If-Modified-Since: {late}"], 200),
        ([f"If-Match: {tag}", f"If-Unmodified-Since: {early}"], 200),
        (['If-Match: "other"', f"If-None-Match: {tag}"], 412),
        ([f"If-Match: {tag}", f"If-None-Match: {tag}"], 304),
    ]:
        for method in ("GET", "HEAD"):
            response = server.ask("/a.txt", *fields, method=method)
            assert response.status == status, (method, fields)
            if status == 304:
                assert response.get("ETag") == tag
                assert response.get("Cache-Control") == whole.get("Cache-Control")
                assert response.all("Vary") == whole.all("Vary")
                assert response.get("Content-Type") is None
    with server.connect() as peer:
        for _ in range(3):
            assert peer.ask("/a.txt", f"If-None-Match: {tag}").status == 304
            assert peer.ask("/a.txt").content == b"0123456789"


# Ranges: RFC 9110 §14


@pytest.mark.parametrize("value, content, where", [
    ("bytes=0-3", b"0123", "0-3"), ("bytes=4-", b"456789", "4-9"), ("bytes=-3", b"789", "7-9"), ("bytes=9-9", b"9", "9-9"), ("bytes=0-0", b"0", "0-0"),
    ("bytes=5-1000", b"56789", "5-9"), ("bytes=-1000", b"0123456789", "0-9"), ("BYTES=1-2", b"12", "1-2"), ("bytes=0-3,", b"0123", "0-3"),
    ("bytes=5-99999999999999999999", b"56789", "5-9"), ("bytes=2-3,100-200", b"23", "2-3"),
])
def test_one_range(server, value, content, where):
    response = server.ask("/a.txt", f"Range: {value}")
    assert response.status == 206
    assert response.content == content
    assert response.get("Content-Range") == f"bytes {where}/10"
    assert response.get("ETag") and response.get("Last-Modified")


@pytest.mark.parametrize("value", ["bytes=3-1", "bytes=", "bytes", "bytes=a-b", "bytes=1", "bytes=--1", "bytes=1-2-3", "bytes=0-3;4-5", "lines=1-2",
                                   "bytes 0-3", "bytes=+1-2", "bytes=0x1-2", "bytes=-"])
def test_ranges_that_mean_nothing_are_ignored(server, value):
    response = server.ask("/a.txt", f"Range: {value}")
    assert (response.status, response.content) == (200, b"0123456789")


@pytest.mark.parametrize("value", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999-", "bytes=100-200,300-"])
def test_ranges_beyond_the_end_416(server, value):
    response = server.ask("/a.txt", f"Range: {value}")
    assert response.status == 416
    assert response.get("Content-Range") == "bytes */10"


def test_range_of_an_empty_file(server):
    assert server.ask("/empty.txt", "Range: bytes=0-").status in (200, 416)
    assert server.ask("/empty.txt", "Range: bytes=-5").status in (200, 416)


def test_range_is_for_get(server):
    response = server.ask("/a.txt", "Range: bytes=0-3", method="HEAD")
    assert (response.status, response.get("Content-Length")) == (200, "10")


def parts_of(response):
    """The parts of multipart/byteranges (RFC 2046 §5.1): (Content-Type, Content-Range, content)."""
    match = re.fullmatch(r'multipart/byteranges; ?boundary="?([^"]+)"?', response.get("Content-Type"))
    delimiter = b"\r\n--" + match[1].encode()
    pieces = (b"\r\n" + response.content).split(delimiter)
    assert pieces[0] == b""
    assert pieces[-1].strip() == b"--"
    parts = []
    for piece in pieces[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        parts.append((fields["Content-Type"], fields["Content-Range"], content))
    return parts


def test_several_ranges(server, site):
    page = (site / "page.txt").read_bytes()
    response = server.ask("/page.txt", "Range: bytes=0-9, 50000-50009, -3")
    assert response.status == 206
    assert response.get("Content-Range") is None
    assert parts_of(response) == [("text/plain; charset=utf-8", f"bytes {first}-{last}/{len(page)}", page[first:last + 1])
                                  for first, last in [(0, 9), (50000, 50009), (len(page) - 3, len(page) - 1)]]
    # RFC 9110 §15.3.7.2: what lies so near that a part's head would be longer than the gap may be one.
    assert server.ask("/a.txt", "Range: bytes=0-0, 4-5, -1").status == 206
    large = (site / "large.bin").read_bytes()
    response = server.ask("/large.bin", "Range: bytes=0-99999,1000000-1999999,-7")
    assert [content for *_, content in parts_of(response)] == [large[:100000], large[1000000:2000000], large[-7:]]


@pytest.mark.parametrize("ranges", [
    ",".join(f"{at}-{at}" for at in range(10)) + "," + ",".join(f"{at}-{at}" for at in range(10)),
    ",".join(["0-"] * 1000), ",".join(["0-9"] * 900), ",".join(f"{at % 10}-" for at in range(1000)), ",".join(["-1"] * 1000),
    ",".join(f"{at}-{at + 1}" for at in range(0, 10, 2)),
])
def test_many_ranges_of_a_small_file_stay_small(server, ranges):
    response = server.ask("/a.txt", f"Range: bytes={ranges}")
    assert response.status in (200, 206, 416)
    assert len(response.content) < 4 * KIB


def test_overlapping_ranges_of_a_large_file_stay_bounded(server):
    ranges = ",".join(["0-"] * 500)
    response = server.ask("/large.bin", f"Range: bytes={ranges}")
    assert response.status in (200, 206, 416)
    assert len(response.content) <= 3 * MIB + 64 * KIB


def test_if_range(server):
    whole = server.ask("/a.txt")
    tag, modified = whole.get("ETag"), whole.get("Last-Modified")
    for value, status in [(tag, 206), ('"other"', 200), (f"W/{tag}", 200), ("Mon, 01 Jan 2001 00:00:00 GMT", 200), ("nonsense", 200)]:
        response = server.ask("/a.txt", "Range: bytes=0-3", f"If-Range: {value}")
        assert response.status == status, value
    # A date is a strong validator only a while after it (§8.8.2.2): either answer is right, a wrong one is none.
    assert server.ask("/a.txt", "Range: bytes=0-3", f"If-Range: {modified}").status in (200, 206)
    assert server.ask("/a.txt", f'If-Range: {tag}').status == 200


def test_conditions_come_before_ranges(server):
    tag = server.ask("/a.txt").get("ETag")
    assert server.ask("/a.txt", "Range: bytes=0-3", f"If-None-Match: {tag}").status == 304
    assert server.ask("/a.txt", "Range: bytes=0-3", 'If-Match: "x"').status == 412
    assert server.ask("/a.txt", "Range: bytes=100-", f"If-None-Match: {tag}").status == 304


# Files that change


@pytest.mark.parametrize("size", [10, 16 * KIB, 100 * KIB])
@pytest.mark.parametrize("coding", [None, "gzip"])
@pytest.mark.parametrize("way", ["in place", "renamed"])
def test_a_change_shows_in_the_next_request(cais, tmp_path, size, coding, way):
    path = tmp_path / "a.txt"
    fields = [f"Accept-Encoding: {coding}"] if coding else []
    with cais.serve(tmp_path, "--workers", "1") as server, server.connect() as peer:
        for turn in range(60):
            content = (f"{turn:05}" * (size // 5 + 1))[:size].encode()  # always the same size
            if way == "in place":
                path.write_bytes(content)
            else:
                write(tmp_path / "new", content).rename(path)
            for _ in range(2):
                response = peer.ask("/a.txt", *fields)
                assert response.status == 200
                got = gzip.decompress(response.content) if response.get("Content-Encoding") == "gzip" else response.content
                assert got == content
            if turn % 7 == 0:
                settled(path)
                assert peer.ask("/a.txt", *fields).status == 200


def test_a_tag_is_never_used_for_two_contents(cais, tmp_path):
    """Changes as quick as they can be, with the modification time set back each time."""
    path = tmp_path / "a.txt"
    contents = {}
    with cais.serve(tmp_path, "--workers", "1") as server, server.connect() as peer:
        for turn in range(400):
            content = f"{turn:06}".encode()
            path.write_bytes(content)
            os.utime(path, (1_700_000_000, 1_700_000_000))
            response = peer.ask("/a.txt")
            assert response.content == content
            tag = response.get("ETag")
            if not tag.startswith("W/"):
                assert contents.setdefault(tag, content) == content


def test_a_fresh_file_has_a_weak_tag_for_a_moment(cais, tmp_path):
    path = tmp_path / "a.txt"
    with cais.serve(tmp_path, "--workers", "1") as server, server.connect() as peer:
        path.write_bytes(b"x")
        settled(path)
        tag = peer.ask("/a.txt").get("ETag")
        assert not tag.startswith("W/")
        assert peer.ask("/a.txt").get("ETag") == tag


def test_what_comes_and_goes(cais, tmp_path):
    path = tmp_path / "a.txt"
    with cais.serve(tmp_path, "--workers", "1") as server, server.connect() as peer:
        for _ in range(20):
            assert peer.ask("/a.txt").status == 404
            path.write_bytes(b"x")
            assert peer.ask("/a.txt").content == b"x"
            path.unlink()
            path.mkdir()
            assert peer.ask("/a.txt").status == 301
            path.rmdir()


def test_a_folder_that_comes_and_goes(cais, tmp_path):
    with cais.serve(tmp_path, "--workers", "1") as server, server.connect() as peer:
        for turn in range(10):
            write(tmp_path / "folder/a.txt", f"{turn}")
            assert peer.ask("/folder/a.txt").text == f"{turn}"
            (tmp_path / "folder").rename(tmp_path / f"old{turn}")
            assert peer.ask("/folder/a.txt").status == 404
            assert peer.ask(f"/old{turn}/a.txt").text == f"{turn}"


def test_rights_that_change(cais, tmp_path):
    """Where the tests are root, the kernel refuses nothing; then there is nothing to see."""
    path = write(tmp_path / "a.txt", "x")
    path.chmod(0)
    with cais.serve(tmp_path) as server:
        assert server.ask("/a.txt").status == (200 if os.access(path, os.R_OK) else 403)


def test_an_index_that_comes_and_goes(cais, tmp_path):
    write(tmp_path / "a.txt", "x")
    with cais.serve(tmp_path, "--workers", "1") as server, server.connect() as peer:
        for turn in range(10):
            assert "a.txt" in peer.ask("/").text
            write(tmp_path / "index.html", f"index {turn}")
            assert peer.ask("/").text == f"index {turn}"
            (tmp_path / "index.html").unlink()


@contextlib.contextmanager
def halfway(cais, folder, size, *fields):
    """A response that has begun and cannot have been sent whole: (server, peer, response, pieces, path)."""
    path = folder / "large.bin"
    with open(path, "wb") as file:
        for _ in range(size // MIB):
            file.write(os.urandom(MIB))
    settled(path)
    with cais.serve(folder, "--workers", "1") as server, server.connect(receive_buffer=16 * KIB) as peer:
        peer.send(request("/large.bin", *fields))
        response = peer.head()
        pieces = peer.pieces(response)
        next(pieces)
        server.settle()
        yield server, peer, response, pieces, path


@pytest.mark.parametrize("change", ["shrinks", "grows", "changes", "is emptied"])
@pytest.mark.parametrize("fields", [[], ["Range: bytes=1000-"], ["Range: bytes=0-9,1000-"]], ids=["whole", "range", "ranges"])
def test_a_file_that_changes_while_it_is_sent_ends_the_connection(cais, tmp_path, change, fields):
    with halfway(cais, tmp_path, 32 * MIB, *fields) as (server, peer, response, pieces, path):
        assert response.status == (206 if fields else 200)
        with open(path, "r+b") as file:
            if change == "shrinks":
                file.truncate(20 * MIB)
            elif change == "is emptied":
                file.truncate(0)
            elif change == "grows":
                file.seek(0, os.SEEK_END)
                file.write(b"more")
            else:
                file.seek(5000)
                file.write(b"other")
        with pytest.raises(Ended):
            for _ in pieces:
                pass
        assert server.ask("/large.bin", method="HEAD").get("Content-Length") == str(path.stat().st_size)


@pytest.mark.parametrize("change", ["removed", "replaced"])
def test_a_file_that_is_removed_while_it_is_sent(cais, tmp_path, change):
    """What was opened is what is sent."""
    with halfway(cais, tmp_path, 16 * MIB) as (server, _, response, pieces, path):
        content = path.read_bytes()
        if change == "removed":
            path.unlink()
        else:
            write(tmp_path / "new", b"new").rename(path)
        got = b""
        # The count of its links is part of a file's state, and may end it too; a wrong octet is not allowed.
        with contextlib.suppress(Ended):
            for piece in pieces:
                got += piece
        assert got in content
        assert server.ask("/large.bin").status == (404 if change == "removed" else 200)


def test_ten_gibibytes_with_holes(cais, tmp_path, is_sanitized):
    size = 10 * 1024 * MIB
    path = tmp_path / "large.bin"
    with open(path, "wb") as file:
        file.truncate(size)
        file.seek(size - 5)
        file.write(b"end.\n")
        file.seek(5 * 1024 * MIB)
        file.write(b"middle")
    settled(path)
    with cais.serve(tmp_path, "--workers", "1") as server:
        assert server.ask("/large.bin", method="HEAD").get("Content-Length") == str(size)
        assert server.ask("/large.bin", "Range: bytes=-5").content == b"end.\n"
        response = server.ask("/large.bin", f"Range: bytes={5 * 1024 * MIB}-{5 * 1024 * MIB + 5}")
        assert response.content == b"middle"
        assert response.get("Content-Range") == f"bytes {5 * 1024 * MIB}-{5 * 1024 * MIB + 5}/{size}"
        assert parts_of(server.ask("/large.bin", f"Range: bytes=0-3,{size - 5}-"))[1][2] == b"end.\n"
        server.forget_peak()
        before = server.status("VmHWM")
        with server.connect() as peer:
            peer.send(request("/large.bin"))
            response = peer.head()
            assert response.get("Content-Length") == str(size)
            got = 0
            for piece in peer.pieces(response):
                got += len(piece)
                if got > 300 * MIB:
                    break
        assert server.status("VmHWM") - before < (32 if is_sanitized else 4) * 1024
        until(lambda: server.connections() <= 2)


# Forms of a page: languages and codings


DECODE = {"gzip": gzip.decompress, "br": brotli.decompress,
          "zstd": lambda octets: zstandard.ZstdDecompressor().decompressobj().decompress(octets)}


@pytest.fixture(scope="module")
def forms(tmp_path_factory):
    root = tmp_path_factory.mktemp("forms")
    page = text_of(30 * KIB)
    write(root / "page.html", page)
    write(root / "page.html.gz", gzip.compress(page + b"gz"))
    write(root / "page.html.br", brotli.compress(page + b"br"))
    write(root / "page.html.zst", zstandard.ZstdCompressor().compress(page + b"zst"))
    write(root / "hello.html", "default")
    write(root / "hello.en.html", "hello")
    write(root / "hello.pt-BR.html", "olá")
    write(root / "hello.de.html", "hallo")
    write(root / "hello.de.html.gz", gzip.compress(b"hallo, gezippt"))
    write(root / "only.en.html", "only english")
    write(root / "only.fr.html", "seulement")
    write(root / "fly.html", text_of(200 * KIB))
    write(root / "fly2.html", text_of(200 * KIB))
    write(root / "tiny.html", "tiny")
    write(root / "picture.png", b"\x89PNG" + bytes(100_000))
    write(root / "huge.txt", text_of(30 * MIB))
    write(root / "folder/index.html", "default")
    write(root / "folder/index.en.html", "english")
    write(root / "jquery.min.js", "let x;" * 1000)
    for path in root.rglob("*"):
        settled(path)
    return root


@pytest.fixture(scope="module")
def negotiating(cais, forms):
    with cais.serve(forms, "--workers", "1") as running:
        yield running


@pytest.mark.parametrize("accept, coding, suffix", [
    (None, None, b""), ("", None, b""), ("identity", None, b""), ("gzip", "gzip", b"gz"), ("br", "br", b"br"), ("zstd", "zstd", b"zst"), ("x-gzip", "gzip", b"gz"),
    ("GZIP", "gzip", b"gz"), ("gzip, br;q=0.5", "gzip", b"gz"), ("gzip;q=0.5, br", "br", b"br"), ("gzip;q=0, br;q=0", None, b""), ("gzip;q=0.1, identity;q=0.9", None, b""),
    ("deflate", None, b""), ("compress, gzip;q=0.001", "gzip", b"gz"),
])
def test_codings_that_lie_there(negotiating, forms, accept, coding, suffix):
    response = negotiating.ask("/page.html", *([f"Accept-Encoding: {accept}"] if accept is not None else []))
    assert response.status == 200
    assert response.get("Content-Encoding") == coding
    assert response.get("Content-Type") == "text/html; charset=utf-8"
    assert "accept-encoding" in response.members("Vary")
    content = DECODE[coding](response.content) if coding else response.content
    assert content == (forms / "page.html").read_bytes() + suffix


def test_any_coding_may_be_chosen_by_star(negotiating):
    assert negotiating.ask("/page.html", "Accept-Encoding: *").get("Content-Encoding") in (None, "br", "zstd", "gzip")
    assert negotiating.ask("/page.html", "Accept-Encoding: *;q=0, br").get("Content-Encoding") == "br"


def test_each_form_has_its_tag(negotiating):
    tags = {}
    for coding in ("identity", "gzip", "br", "zstd"):
        tags[coding] = negotiating.ask("/page.html", f"Accept-Encoding: {coding}").get("ETag")
        tags["fly " + coding] = negotiating.ask("/fly.html", f"Accept-Encoding: {coding}").get("ETag")
    assert len(set(tags.values())) == 8
    for coding in ("identity", "gzip", "br", "zstd"):
        for target, key in (("/page.html", coding), ("/fly.html", "fly " + coding)):
            response = negotiating.ask(target, f"Accept-Encoding: {coding}", f"If-None-Match: {tags[key]}")
            assert response.status == 304
            assert response.get("ETag") == tags[key]
            assert "accept-encoding" in response.members("Vary")
            other = tags["identity" if coding != "identity" else "gzip"]
            assert negotiating.ask(target, f"Accept-Encoding: {coding}", f"If-None-Match: {other}").status == 200


@pytest.mark.parametrize("accept, language, content", [
    (None, None, "default"), ("en", "en", "hello"), ("pt-BR", "pt-BR", "olá"), ("pt-br", "pt-BR", "olá"), ("de", "de", "hallo"),
    ("fr", None, "default"), ("en;q=0.5, de", "de", "hallo"), ("en;q=0, de;q=0.1", "de", "hallo"), ("fr, en;q=0.1", "en", "hello"), ("en-GB, en;q=0.9", "en", "hello"),
])
def test_languages(negotiating, accept, language, content):
    response = negotiating.ask("/hello.html", *([f"Accept-Language: {accept}"] if accept else []))
    assert (response.status, response.get("Content-Language"), response.text) == (200, language, content)
    assert "accept-language" in response.members("Vary")


def test_a_page_that_is_there_in_languages_only(negotiating):
    assert negotiating.ask("/only.html", "Accept-Language: fr").text == "seulement"
    assert negotiating.ask("/only.html", "Accept-Language: en").text == "only english"
    assert negotiating.ask("/only.html", "Accept-Language: de").status in (200, 406)
    assert negotiating.ask("/only.html").status == 200


def test_language_and_coding_together(negotiating):
    response = negotiating.ask("/hello.html", "Accept-Language: de", "Accept-Encoding: gzip")
    assert (response.get("Content-Language"), response.get("Content-Encoding")) == ("de", "gzip")
    assert gzip.decompress(response.content) == b"hallo, gezippt"
    assert {"accept-language", "accept-encoding"} <= set(response.members("Vary"))


def test_language_of_a_folders_index(negotiating):
    assert negotiating.ask("/folder/", "Accept-Language: en").text == "english"
    assert negotiating.ask("/folder/").text == "default"


def test_a_form_by_its_own_name(negotiating):
    response = negotiating.ask("/hello.en.html")
    assert (response.status, response.text) == (200, "hello")
    assert negotiating.ask("/page.html.gz").status == 200
    assert negotiating.ask("/jquery.min.js").status == 200


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_coding_on_the_fly(negotiating, forms, coding):
    content = (forms / "fly.html").read_bytes()
    sizes = set()
    with negotiating.connect() as peer:
        for _ in range(4):
            response = peer.ask("/fly.html", f"Accept-Encoding: {coding}")
            assert response.status == 200
            assert response.get("Content-Encoding") == coding
            assert "accept-encoding" in response.members("Vary")
            assert DECODE[coding](response.content) == content
            sizes.add(len(response.content))
        assert max(sizes) < len(content) / 3
        head = peer.ask("/fly.html", f"Accept-Encoding: {coding}", method="HEAD")
        assert head.get("Content-Encoding") == coding
        assert head.get("ETag") == response.get("ETag")
        assert head.get("Content-Length") in (None, response.get("Content-Length"))


@pytest.mark.parametrize("target", ["/picture.png", "/tiny.html"])
def test_what_gains_nothing_is_not_coded(negotiating, target):
    assert negotiating.ask(target, "Accept-Encoding: gzip, br, zstd").get("Content-Encoding") is None


@pytest.mark.parametrize("target", ["/page.html", "/fly.html"])
def test_a_range_is_of_the_plain_form(negotiating, forms, target):
    response = negotiating.ask(target, "Range: bytes=100-199", "Accept-Encoding: gzip, br, zstd")
    assert response.status == 206
    assert response.get("Content-Encoding") is None
    assert response.content == (forms / target[1:]).read_bytes()[100:200]
    assert response.get("ETag") == negotiating.ask(target).get("ETag")


def test_1_0_gets_a_coded_answer_too(negotiating, forms):
    response = negotiating.ask("/huge.txt", "Accept-Encoding: gzip", version="HTTP/1.0")
    assert response.framing == "close"
    assert gzip.decompress(response.content) == (forms / "huge.txt").read_bytes()


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_a_large_file_is_coded_as_it_streams(negotiating, forms, is_sanitized, coding):
    negotiating.ask("/fly2.html", f"Accept-Encoding: {coding}")
    negotiating.forget_peak()
    before = negotiating.status("VmHWM")
    response = negotiating.ask("/huge.txt", f"Accept-Encoding: {coding}", "Connection: close")
    assert response.framing == "chunked"
    assert DECODE[coding](response.content) == (forms / "huge.txt").read_bytes()
    assert negotiating.status("VmHWM") - before < (128 if is_sanitized else 24) * 1024


def test_many_ask_at_once_for_what_is_coded(cais, forms):
    content = (forms / "fly.html").read_bytes()
    with cais.serve(forms, "--workers", "1") as server:
        peers = [server.connect() for _ in range(40)]
        try:
            for peer in peers:
                peer.send(request("/fly.html", "Accept-Encoding: br"))
            results = [peer.response() for peer in peers]
        finally:
            for peer in peers:
                peer.close()
        assert all(brotli.decompress(response.content) == content for response in results)
        assert len({response.get("ETag") for response in results}) == 1


def test_a_client_that_leaves_while_it_is_coded(negotiating, forms):
    for coding in DECODE:
        for _ in range(5):
            with negotiating.connect(receive_buffer=4096) as peer:
                peer.send(request("/huge.txt", f"Accept-Encoding: {coding}"))
                peer.head()
                peer.reset()
    response = negotiating.ask("/fly.html", "Accept-Encoding: gzip")
    assert gzip.decompress(response.content) == (forms / "fly.html").read_bytes()
    until(lambda: negotiating.connections() <= 2)


def test_a_form_that_comes_and_goes(cais, tmp_path):
    page = text_of(4 * KIB)
    write(tmp_path / "a.html", page)
    with cais.serve(tmp_path, "--workers", "1") as server, server.connect() as peer:
        for turn in range(8):
            assert gzip.decompress(peer.ask("/a.html", "Accept-Encoding: gzip").content) == page
            write(tmp_path / "a.html.gz", gzip.compress(b"%d" % turn))
            assert gzip.decompress(peer.ask("/a.html", "Accept-Encoding: gzip").content) == b"%d" % turn
            (tmp_path / "a.html.gz").unlink()
            assert peer.ask("/a.html").content == page
            write(tmp_path / "a.en.html", "english")
            assert peer.ask("/a.html", "Accept-Language: en").text == "english"
            (tmp_path / "a.en.html").unlink()
            assert peer.ask("/a.html", "Accept-Language: en").content == page


# Options of the command line


def test_no_listing(cais, site):
    with cais.serve(site, "--no-listing") as server:
        assert server.ask("/folder/").status == 404
        assert server.ask("/indexed/").status == 200
        assert server.ask("/folder/b.txt").status == 200


def test_spa(cais, site):
    with cais.serve(site, "--spa") as server:
        home = server.ask("/").content
        for target in ("/route", "/route/deeper", "/route/", "/nothing.html", "/folder/nothing"):
            response = server.ask(target)
            assert (response.status, response.content) == (200, home), target
        assert server.ask("/nothing.js", "Accept: */*").status == 404
        assert server.ask("/a.txt").content == b"0123456789"
        assert server.ask("/../secret.txt").status == 400
        assert server.ask("/.hidden").status in (200, 404)
        assert SECRET not in server.ask("/.hidden").content
        assert server.ask("/nothing", method="POST").status == 405


def test_cors(cais, site):
    with cais.serve(site, "--cors") as server:
        for target, status in (("/a.txt", 200), ("/nothing", 404)):
            response = server.ask(target, "Origin: http://elsewhere.example")
            assert response.status == status
            assert response.get("Access-Control-Allow-Origin") == "*"
        response = server.ask("/a.txt", "Origin: http://elsewhere.example", "Access-Control-Request-Method: GET",
                              "Access-Control-Request-Headers: range", method="OPTIONS")
        assert response.status in (200, 204)
        assert response.get("Access-Control-Allow-Origin") == "*"
        assert "GET" in response.get("Access-Control-Allow-Methods")
    with cais.serve(site) as server:
        assert server.ask("/a.txt", "Origin: http://elsewhere.example").get("Access-Control-Allow-Origin") is None


# Errors: RFC 9457, RFC 9110 §12


@pytest.mark.parametrize("accept, media_type", [
    (None, "text/"), ("text/html", "text/html"), ("text/plain", "text/plain"), ("application/problem+json", "application/problem+json"),
    ("application/json", "json"), ("text/html;q=0.1, text/plain", "text/plain"),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"), ("image/png", ""),
])
@pytest.mark.parametrize("target, status", [("/nothing", 404), ("/%00", 400)])
def test_errors_are_negotiated(server, accept, media_type, target, status):
    response = server.ask(target, *([f"Accept: {accept}"] if accept else []))
    assert response.status == status
    assert media_type in response.get("Content-Type")
    assert response.content
    if "json" in response.get("Content-Type"):
        problem = json.loads(response.text)
        assert problem["status"] == status
        assert problem["title"]
    assert "accept" in response.members("Vary")


@pytest.mark.parametrize("accept", ["text/html", "text/plain", "application/problem+json"])
def test_errors_leak_and_reflect_nothing(server, site, accept):
    for target in ("/nothing<script>alert(1)</script>", "/outside.txt", "/fifo.txt", "/%00", "/nothing%22%3E%3Cscript%3E"):
        response = server.ask(target, f"Accept: {accept}")
        assert str(site).encode() not in response.content
        assert b"<script>alert" not in response.content
        assert response.get("X-Content-Type-Options") == "nosniff"
        assert not re.search(rb"cais[ /]\d|errno|std::|\.cpp", response.content)


# Listings


def names_of(listing):
    return [entry["name"] for entry in listing["entries"]]


def test_listing_in_four_forms(server, site):
    page = server.ask("/folder/", "Accept: text/html,*/*;q=0.1")
    assert page.get("Content-Type") == "text/html; charset=utf-8"
    assert page.text.lower().startswith("<!doctype html>")
    assert "b.txt" in page.text and 'href="./deeper/"' in page.text
    assert page.get("Content-Security-Policy")

    response = server.ask("/folder/", "Accept: application/json")
    assert response.get("Content-Type").startswith("application/json")
    listing = json.loads(response.text)
    assert names_of(listing) == ["deeper", "b.txt", "up.txt"]
    entry = listing["entries"][1]
    assert (entry["type"], entry["size"]) == ("file", 2)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["modified"])

    response = server.ask("/folder/", "Accept: text/plain")
    assert response.get("Content-Type").startswith("text/plain")
    assert response.text.splitlines() == ["deeper/", "b.txt", "up.txt"]

    response = server.ask("/folder/", "Accept: text/csv")
    assert response.get("Content-Type").startswith("text/csv")
    rows = response.content.decode().split("\r\n")
    assert rows[0].split(",")[0] == "name"
    assert [row.split(",")[0] for row in rows[1:-1]] == ["deeper", "b.txt", "up.txt"]


@pytest.mark.parametrize("accept, media_type", [(None, "text/html"), ("*/*", "text/html"), ("application/json, text/html;q=0.9", "application/json"),
                                                ("text/*", "text/html"), ("text/csv;q=0.5, text/plain;q=0.4", "text/csv"), ("application/*", "application/json")])
def test_listing_is_negotiated(server, accept, media_type):
    response = server.ask("/folder/", *([f"Accept: {accept}"] if accept else []))
    assert response.get("Content-Type").startswith(media_type)
    assert "accept" in response.members("Vary")


def test_listing_that_fits_nobody(server):
    assert server.ask("/folder/", "Accept: image/png").status in (200, 406)


def test_listing_shows_what_a_get_would_answer(cais, site):
    with cais.serve(site, "--workers", "1") as server:
        (site / "index.html").rename(site / "moved.html")
        try:
            listing = json.loads(server.ask("/", "Accept: application/json").text)
        finally:
            (site / "moved.html").rename(site / "index.html")
        names = names_of(listing)
        assert {"a.txt", "folder", "inside.txt", "chain.txt", "inside-folder"} <= set(names)
        assert not {".hidden", ".git", "outside.txt", "outside-folder", "absolute.txt", "and-back.txt", "dangling.txt", "loop.txt", "fifo.txt",
                    "socket.txt", "process", "secret.txt"} & set(names)
        for entry in listing["entries"]:
            if entry["name"] == "moved.html":
                continue
            response = server.ask("/" + entry["name"], method="HEAD")
            if entry["type"] == "file":
                assert (response.status, response.get("Content-Length")) == (200, str(entry["size"])), entry
            else:
                assert response.status == 301


@pytest.mark.parametrize("query, names", [
    ("", ["b", "A.txt", "c.txt", "d.txt"]), ("?sort=name&order=desc", ["b", "d.txt", "c.txt", "A.txt"]), ("?sort=size&order=asc", ["b", "c.txt", "d.txt", "A.txt"]),
    ("?sort=size&order=desc", ["b", "A.txt", "d.txt", "c.txt"]), ("?sort=time&order=asc", ["b", "d.txt", "A.txt", "c.txt"]), ("?sort=nonsense", ["b", "A.txt", "c.txt", "d.txt"]),
])
def test_listing_sorts(cais, tmp_path, query, names):
    for at, (name, size) in enumerate([("d.txt", 20), ("A.txt", 300), ("c.txt", 1)]):
        os.utime(write(tmp_path / name, "x" * size), (1_700_000_000 + at,) * 2)
    (tmp_path / "b").mkdir()
    with cais.serve(tmp_path) as server:
        assert names_of(json.loads(server.ask("/" + query, "Accept: application/json").text)) == names
        page = server.ask("/" + query).text
        places = [page.index(f'href="./{name}') for name in names]
        assert places == sorted(places)


EVIL = ["<script>alert(1)<script>", '"><img src=x onerror=alert(1)>', "a&amp;b", "a'b", "javascript:alert(1)", "..hidden not", "a\nb", "a\tb", "a\x1b[31mb", "=1+2", "a,b",
        " leading", "trailing ", "-rf", "%2e%2e", "a\\b", "\u202ea"]


def test_listing_of_evil_names(cais, tmp_path):
    evil = [name for name in EVIL if not name.startswith(".") and "/" not in name]
    for name in evil:
        write(tmp_path / name, "x")
    (tmp_path / os.fsdecode(b"not-utf8-\xff")).write_bytes(b"x")
    with cais.serve(tmp_path) as server:
        listing = json.loads(server.ask("/", "Accept: application/json").text)
        assert sorted(names_of(listing)) == sorted(evil)
        assert listing["omitted"] == 1
        page = server.ask("/").text
        body = page[page.index("<main"):page.index("<footer")]
        assert "<script" not in body and "<img" not in body
        for link in re.findall(r'href="([^"]*)"', body):
            assert re.fullmatch(r"\.{1,2}/[A-Za-z0-9._~!$()*+,;=:@%/-]*|\?[a-z=&;]*", link), link
        for link in re.findall(r'href="\./([^"]+)"', body):
            assert server.ask("/" + link).status in (200, 400), link
        text = server.ask("/", "Accept: text/plain").text
        assert len(text.splitlines()) == len(evil)
        assert not re.search(r"[\x00-\x09\x0b-\x1f]", text)


def test_listing_of_an_empty_folder(cais, tmp_path):
    with cais.serve(tmp_path) as server:
        assert json.loads(server.ask("/", "Accept: application/json").text)["entries"] == []
        assert server.ask("/", "Accept: text/plain").content == b""
        assert "empty" in server.ask("/").text


def test_listing_by_head_and_1_0(server):
    assert server.ask("/folder/", method="HEAD").status == 200
    response = server.ask("/folder/", "Accept: text/plain", version="HTTP/1.0")
    assert response.framing in ("close", "length")
    assert response.text.splitlines() == ["deeper/", "b.txt", "up.txt"]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """Folders of 1,000 and 100,000 files."""
    root = tmp_path_factory.mktemp("crowd")
    for count in (1_000, 100_000):
        folder = root / str(count)
        folder.mkdir()
        descriptor = os.open(folder, os.O_RDONLY)
        for number in range(count):
            os.close(os.open(f"file{number:06}.txt", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
        os.close(descriptor)
    yield root
    import shutil
    shutil.rmtree(root)


@pytest.mark.parametrize("accept", ["application/json", "text/html", "text/csv", "text/plain"])
def test_listing_of_a_hundred_thousand(cais, crowd, is_sanitized, accept):
    with cais.serve(crowd, "--workers", "1") as server:
        server.ask("/1000/", f"Accept: {accept}")
        server.forget_peak()
        before = server.status("VmHWM")
        response = server.ask("/100000/", f"Accept: {accept}", "Connection: close")
        grown = server.status("VmHWM") - before
        numbers = re.findall(rb"file(\d{6})\.txt", response.content)
        if accept == "application/json":
            assert len(json.loads(response.text)["entries"]) == 100_000
        unique = sorted(set(map(int, numbers)))
        assert unique == list(range(100_000))
        assert grown < (32 if is_sanitized else 1.5) * 1024, f"{grown} KiB"


def test_others_are_served_while_a_hundred_thousand_are_listed(cais, crowd):
    with cais.serve(crowd, "--workers", "1") as server:
        with server.connect(receive_buffer=4096) as slow, server.connect() as other:
            slow.send(request("/100000/", "Accept: application/json"))
            slow.head()
            for _ in range(20):
                assert other.ask("/1000/file000001.txt").status == 200


def test_a_directory_removed_while_it_is_listed(cais, tmp_path):
    folder = tmp_path / "site/folder"
    folder.mkdir(parents=True)
    for number in range(20_000):
        (folder / f"file{number:06}.txt").touch()
    with cais.serve(tmp_path / "site", "--workers", "1") as server, server.connect(receive_buffer=4096) as peer:
        peer.send(request("/folder/", "Accept: application/json"))
        response = peer.head()
        pieces = peer.pieces(response)
        got = [next(pieces)]
        import shutil
        shutil.rmtree(folder)
        try:
            for piece in pieces:
                got.append(piece)
        except Ended:
            pass
        else:
            json.loads(b"".join(got))  # whole, of what was there
        assert server.ask("/folder/").status == 404
        assert server.ask("/").status == 200


def test_listing_while_members_come_and_go(cais, tmp_path):
    over = threading.Event()

    def churn():
        number = 0
        while not over.is_set():
            path = tmp_path / f"churn{number % 50}"
            with contextlib.suppress(OSError):
                if path.exists():
                    path.unlink()
                else:
                    path.touch()
            number += 1

    for number in range(200):
        (tmp_path / f"stays{number:03}").touch()
    thread = threading.Thread(target=churn)
    thread.start()
    try:
        with cais.serve(tmp_path, "--workers", "1") as server:
            for _ in range(60):
                names = names_of(json.loads(server.ask("/", "Accept: application/json").text))
                assert [name for name in names if name.startswith("stays")] == [f"stays{number:03}" for number in range(200)]
                assert len(names) == len(set(names))
    finally:
        over.set()
        thread.join()


# curl, as a person uses it


def test_curl(cais, server, site, tmp_path):
    import subprocess

    def curl(*arguments):
        return subprocess.run(["curl", "--silent", "--show-error", "--max-time", "20", *arguments], capture_output=True, check=True).stdout

    base = f"http://127.0.0.1:{server.port}"
    assert curl(f"{base}/large.bin") == (site / "large.bin").read_bytes()
    (tmp_path / "part").write_bytes((site / "large.bin").read_bytes()[:1_000_000])
    curl("--continue-at", "-", "--output", str(tmp_path / "part"), f"{base}/large.bin")
    assert (tmp_path / "part").read_bytes() == (site / "large.bin").read_bytes()
    assert curl("--compressed", f"{base}/page.txt") == (site / "page.txt").read_bytes()
    assert curl("--location", f"{base}/folder", "--header", "Accept: text/plain").splitlines()[0] == b"deeper/"
    etag = tmp_path / "etag"
    curl("--etag-save", str(etag), f"{base}/a.txt")
    assert curl("--etag-compare", str(etag), "--write-out", "%{http_code}", f"{base}/a.txt") == b"304"
    assert curl("--range", "2-4", f"{base}/a.txt") == b"234"
    assert curl("--http0.9", "--head", f"{base}/a.txt").startswith(b"HTTP/1.1 200")


def test_files_pipelined(server):
    with server.connect() as peer:
        peer.send(b"".join(request(target) for target in ["/a.txt", "/large.bin", "/nothing", "/folder", "/folder/b.txt", "/page.txt"] * 10
                           + ["/a.txt"]) + request("/a.txt", "Connection: close"))
        statuses = [response.status for response in parse_responses(peer.rest(60))]
        assert statuses == [200, 200, 404, 301, 200, 200] * 10 + [200, 200]


def test_svg_icons_of_the_page_are_well_formed(server):
    for icon in re.findall(r"<svg.*?</svg>", server.ask("/folder/").text, re.S):
        xml.dom.minidom.parseString(icon)

"""Several sites, and the routes of each, on plain listeners of one server."""
import base64
import os
import re
import subprocess

import pytest

# Of root, who runs these tests in a container, the folder of a test is closed to everybody else.
USER = 'user = "root"' if os.geteuid() == 0 else ""

CONFIGURATION = """
{user}
state = "{folder}/state"
trust = ["127.0.0.0/8"]

[log]
access = "combined"
file   = "{folder}/access.log"

[[site]]
hosts   = ["a.example", "*.a.example"]
listen  = ["127.0.0.1:0", "127.0.0.2:0"]
tls     = "off"
headers = {{ X-Site = "a", X-Frame-Options = "DENY", Server = false }}

  [[site.route]]
  path  = "/"
  files = "{folder}/www"

  [[site.route]]
  path  = "/sub/"
  files = {{ root = "{folder}/sub", listing = true }}

  [[site.route]]
  path  = "/robots.txt"
  files = "{folder}/sub/robots"

  [[site.route]]
  path    = "/sub/secret/"
  respond = {{ status = 403, content = "no" }}

  [[site.route]]
  path     = "/old/"
  redirect = {{ to = "/new/{{rest}}", status = 308 }}

  [[site.route]]
  path    = "/only"
  respond = {{ content = "once" }}
  methods = ["GET"]
  headers = {{ X-Frame-Options = "SAMEORIGIN" }}

  [[site.route]]
  path    = "/v1/"
  echo    = true
  rewrite = "/v2/{{rest}}"
  cors    = {{ origins = "https://p.example", credentials = true }}

  [[site.route]]
  path    = "/members/"
  respond = {{ content = "hello" }}
  auth    = {{ basic = ["ana"] }}
  cors    = {{ origins = "https://p.example", credentials = true, methods = "PUT" }}
  methods = ["GET", "PUT"]

[[site]]
hosts  = ["b.example"]
listen = "127.0.0.1:0"
tls    = "off"
route  = [ {{ path = "/", respond = {{ content = "b" }} }} ]

[[site]]
hosts  = ["*"]
listen = "127.0.0.2:0"
tls    = "off"
route  = [ {{ path = "/", respond = {{ content = "default" }} }} ]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sites")
    for name, text in {"www/index.html": "www", "www/sub/x": "the wrong one", "sub/x": "sub", "sub/deep/y": "deep",
                       "sub/robots": "User-agent: *\n"}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "site.toml").write_text(CONFIGURATION.format(folder=folder, user=USER))
    return folder


@pytest.fixture(scope="module")
def server(cais, folder):
    added = subprocess.run([cais.program, "user", "add", "ana", "--config", folder / "site.toml"], input="secret\n", text=True,
                           capture_output=True, check=False)
    assert added.returncode == 0, added.stderr
    with cais.serve(folder / "site.toml", "--workers", "1", listen=None, wait_for_addresses=2) as running:
        yield running


@pytest.mark.parametrize("address, host, want", [
    (0, "a.example", "www"), (0, "A.Example.:8080", "www"), (0, "x.a.example", "www"), (0, "x.y.a.example", 421),
    (0, "b.example", "b"), (0, "c.example", 421), (0, "127.0.0.1", 421), (1, "a.example", "www"), (1, "b.example", "default"),
    (1, "127.0.0.2:80", "default"), (1, "", "default")])
def test_rfc9110_7_2_a_site_by_its_name_and_listener(server, address, host, want):
    with server.connect(address) as peer:
        answer = peer.ask("/", host=host)
        assert want in (answer.status, answer.content.decode())
        # The connection goes on, whichever site it was.
        assert peer.ask("/", host="a.example").content == b"www"


@pytest.mark.parametrize("ask, status", [
    (b"GET /a/.. HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
    (b"FETCH / HTTP/1.1\r\nHost: a.example\r\n\r\n", 501),
    (b"POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    (b"OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n", 204),
])
def test_fields_of_a_site_are_on_what_comes_before_its_routes(server, ask, status):
    with server.connect() as peer:
        peer.send(ask)
        answer = peer.response()
        assert (answer.status, answer.get("X-Site"), answer.get("Server")) == (status, "a", None)
    with server.connect() as peer:
        peer.send(ask.replace(b"a.example", b"b.example"))
        assert peer.response().get("X-Site") is None
    with server.connect() as peer:
        peer.send(ask.replace(b"Host: a", b"Host : a"))
        answer = peer.response()
        assert (answer.status, answer.get("X-Site")) == (400, None)


def test_without_a_host_there_is_the_default_site_or_none(server):
    assert server.ask("/", host=None, version="HTTP/1.0").status == 421
    with server.connect(1) as peer:
        assert peer.ask("/", host=None, version="HTTP/1.0").content == b"default"


@pytest.mark.parametrize("target, want", [
    ("/sub/x", b"sub"), ("/%73ub/x", b"sub"), ("/sub/%78", b"sub"), ("//sub/x", 404), ("/sub//x", 404), ("/sub%2Fx", 400),
    ("/sub/../sub/x", 400), ("/x/%2e%2e/sub/x", 400), ("/SUB/x", 404), ("/sub\\x", 404), ("http://a.example/sub/x", b"sub"),
    ("/sub/deep/y", b"deep"), ("/sub/secret/", b"no"), ("/sub/secret", b"no"), ("/sub/%73ecret/z", b"no"),
    ("/sub/secret%2fz", 400), ("/sub//secret/z", 404), ("/sub/./secret/z", 400), ("/robots.txt", b"User-agent: *\n"),
    ("/robots.txt/", 404), ("/robots.txtx", 404), ("/only", b"once"), ("/only/", 404)])
def test_no_spelling_reaches_past_its_route(server, target, want):
    answer = server.ask(target, host="a.example")
    assert want in (answer.status, answer.content)


def test_a_folder_without_its_slash_is_sent_to_it(server):
    answer = server.ask("/sub?q", host="a.example")
    assert (answer.status, answer.get("Location")) == (301, "/sub/?q")
    assert "/sub/" in server.ask("/sub/", "Accept: application/json", host="a.example").content.decode()


@pytest.mark.parametrize("target, location", [
    ("/old/a%20b?c=%0d", "/new/a%20b?c=%0d"), ("/old", "/new/"), ("/old/%5Cevil.example", "/new/%5Cevil.example"),
    ("/old/%22%3e", "/new/%22%3E")])
def test_a_redirect(server, target, location):
    answer = server.ask(target, host="a.example", method="POST", content=b"x")
    assert (answer.status, answer.get("Location")) == (308, location)


@pytest.mark.parametrize("target", ["/", "/nothing", "//", "/old/x", "/members/"])
def test_fields_of_a_site_are_on_every_answer(server, target):
    answer = server.ask(target, host="a.example")
    assert (answer.get("X-Site"), answer.get("X-Frame-Options"), answer.get("Server")) == ("a", "DENY", None)
    assert server.ask("/", host="b.example").get("Server") == "cais"


def test_fields_of_a_route_win(server):
    assert server.ask("/only", host="a.example").get("X-Frame-Options") == "SAMEORIGIN"


def test_rfc9110_15_5_6_methods(server):
    answer = server.ask("/only", host="a.example", method="PUT", content=b"")
    assert (answer.status, answer.get("Allow")) == (405, "GET, HEAD")
    assert server.ask("/only", host="a.example", method="HEAD").status == 200
    assert server.ask("/", host="a.example", method="OPTIONS").get("Allow") == "GET, HEAD, OPTIONS"


def test_rewriting_is_for_the_module_alone(server):
    # The echo module says the request line as it was sent.
    assert server.ask("/v1/x?q", host="a.example").content.startswith(b"GET /v1/x?q HTTP/1.1\r\n")


def test_fetch_cors(server):
    answer = server.ask("/v1/", "Origin: https://p.example", host="a.example")
    assert answer.get("Access-Control-Allow-Origin") == "https://p.example"
    assert answer.get("Access-Control-Allow-Credentials") == "true"
    answer = server.ask("/v1/", "Origin: https://q.example", host="a.example")
    assert (answer.status, answer.get("Access-Control-Allow-Origin"), answer.get("Vary")) == (200, None, "Origin")


def test_a_preflight_needs_no_password_and_a_request_does(server):
    fields = ("Origin: https://p.example", "Access-Control-Request-Method: PUT")
    answer = server.ask("/members/", *fields, host="a.example", method="OPTIONS")
    assert (answer.status, answer.get("Access-Control-Allow-Methods")) == (204, "PUT")
    # Without credentials nothing is learned of methods; that it is 401 can be read by the page.
    for method in ("GET", "PUT", "DELETE", "OPTIONS"):
        answer = server.ask("/members/", "Origin: https://p.example", host="a.example", method=method)
        assert (answer.status, answer.get("Allow")) == (401, None)
        assert answer.get("Access-Control-Allow-Origin") == "https://p.example"
    credentials = "Authorization: Basic " + base64.b64encode(b"ana:secret").decode()
    assert server.ask("/members/", credentials, host="a.example").content == b"hello"
    assert server.ask("/members/", credentials, host="a.example", method="DELETE").status == 405


def test_whom_a_trusted_proxy_names_is_in_the_log(server, folder):
    server.ask("/whose", "X-Forwarded-For: 1.1.1.1, 198.51.100.7", host="a.example")
    server.stop()
    log = (folder / "access.log").read_text()
    assert re.search(r'^198\.51\.100\.7 - - .* "GET /whose HTTP/1\.1" 404 ', log, re.M), log


def explain(cais, folder, *arguments):
    return cais.run("explain", "--config", folder / "site.toml", *arguments)


@pytest.fixture(scope="module")
def numbered(folder):
    """The same at ports that are known: `explain` asks no server."""
    other = folder / "numbered"
    other.mkdir()
    text = (folder / "site.toml").read_text().replace("127.0.0.1:0", "127.0.0.1:8080").replace("127.0.0.2:0", "127.0.0.2:8081")
    (other / "site.toml").write_text(text)
    return other


@pytest.mark.parametrize("arguments, status, lines", [
    (["http://a.example:8080/sub/x"], 0, ["site      a.example, *.a.example", "route     /sub/ ", "answer    files",
                                          "  / ", "matches, but /sub/ is longer", "/old/ ", "the path is not below it"]),
    (["http://x.a.example:8080/only"], 0, ["by a wildcard", "wrappers  headers ▸ methods", "answer    respond"]),
    (["http://a.example:8080/only", "-X", "PUT"], 1, ["answer    405: `methods` has no PUT"]),
    (["http://a.example:8080/members/"], 0, ["wrappers  cors ▸ auth ▸ methods"]),
    (["http://c.example:8080/"], 1, ["answer    421"]),
    (["http://c.example:8081/"], 0, ["the default site", "answer    respond"]),
    (["http://a.example:8080//sub/x"], 1, ["answer    404: the path has an empty segment"]),
    (["http://a.example:8080/../x"], 1, ["answer    400"]),
    (["http://a.example:8080/", "-X", "BREW"], 1, ["answer    501"]),
])
def test_explain(cais, numbered, arguments, status, lines):
    said = explain(cais, numbered, *arguments)
    assert said.returncode == status, said.stderr
    for line in lines:
        assert line in said.stdout


@pytest.mark.parametrize("arguments, why", [
    (["https://a.example/"], "nothing listens there; there are http://127.0.0.1:8080, http://127.0.0.2:8081"),
    (["a.example"], "a URL begins with http:// or https://"), (["http://a b/"], "the host: ")])
def test_explain_what_cannot_be_asked(cais, numbered, arguments, why):
    said = explain(cais, numbered, *arguments)
    assert said.returncode == 1 and why in said.stderr and not said.stdout

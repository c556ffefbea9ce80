"""Methods: RFC 9110 §9 and IANA's registry, https://www.iana.org/assignments/http-methods."""
import pytest
from peer import request

REGISTERED = """ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT CONNECT COPY DELETE GET HEAD LABEL LINK LOCK MERGE MKACTIVITY
    MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH POST PRI PROPFIND PROPPATCH PUT QUERY REBIND
    REPORT SEARCH TRACE UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL""".split()
HANDLED = ["GET", "HEAD", "OPTIONS"]
REFUSED = [method for method in REGISTERED if method not in HANDLED + ["CONNECT"]]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    (folder / "a.txt").write_text("a\n")
    (folder / "folder").mkdir()
    return folder


@pytest.fixture(scope="module")
def server(cais, site):
    with cais.serve(site, "--echo", "/echo", "--workers", "1") as running:
        yield running


@pytest.fixture(scope="module")
def tracing(cais, site):
    with cais.serve(site, "--echo", "/echo", "--trace-method") as running:
        yield running


@pytest.mark.parametrize("target", ["/a.txt", "/folder/", "/"])
@pytest.mark.parametrize("method", REFUSED)
def test_s9_1_registered_but_not_of_this_resource_405(server, method, target):
    with server.connect() as peer:
        response = peer.ask(target, method=method)
        assert response.status == 405
        # RFC 9110 §15.5.6: what the resource does have, and nothing else.
        assert sorted(response.get("Allow").split(", ")) == HANDLED
        assert response.content
        assert peer.ask("/a.txt").status == 200


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PROPFIND"])
def test_s9_1_405_with_content(server, method):
    with server.connect() as peer:
        assert peer.ask("/a.txt", method=method, content=b"x" * 1000).status == 405
        assert peer.ask("/a.txt").status == 200


@pytest.mark.parametrize("method", HANDLED)
def test_s9_1_handled(server, method):
    with server.connect() as peer:
        assert peer.ask("/a.txt", method=method).status in (200, 204)
        assert peer.ask("/a.txt").content == b"a\n"


@pytest.mark.parametrize("method", ["BREW", "get", "Get", "GETT", "GE", "X", "!", "UNKNOWN-METHOD", "A" * 200])
@pytest.mark.parametrize("target", ["/a.txt", "/echo", "/missing"])
def test_s9_1_nobody_registered_it_501(server, method, target):
    with server.connect() as peer:
        assert peer.ask(target, method=method).status == 501
        assert peer.ask("/a.txt").status == 200


@pytest.mark.parametrize("method", [method for method in REGISTERED if method not in ("TRACE", "CONNECT", "HEAD")])
def test_every_method_reaches_a_module_that_takes_it(server, method):
    """Echo answers all of them."""
    response = server.ask("/echo/x", method=method)
    assert response.status == 200
    assert response.text.startswith(f"{method} /echo/x HTTP/1.1\r\n")


# OPTIONS: §9.3.7


def test_s9_3_7_options_of_the_server(server):
    with server.connect() as peer:
        response = peer.ask("*", method="OPTIONS")
        assert response.status in (200, 204)
        assert set(HANDLED) <= set(response.get("Allow").split(", "))
        assert response.content == b""
        assert peer.ask("/a.txt").status == 200


def test_s9_3_7_options_of_the_server_absolute(server):
    """RFC 9112 §3.2.4: a proxy writes * when the absolute form has no path."""
    response = server.ask("http://example.com", method="OPTIONS")
    assert response.status in (200, 204)
    assert "GET" in response.get("Allow")


@pytest.mark.parametrize("target", ["/a.txt", "/folder/", "http://example.com/a.txt"])
def test_s9_3_7_options_of_a_resource(server, target):
    response = server.ask(target, method="OPTIONS")
    assert response.status in (200, 204)
    assert sorted(response.get("Allow").split(", ")) == HANDLED
    assert response.content == b""


def test_s9_3_7_options_of_what_is_not_there(server):
    assert server.ask("/missing", method="OPTIONS").status in (204, 404)


# TRACE: §9.3.8


def test_s9_3_8_trace_is_not_offered_unless_told(server):
    response = server.ask("/a.txt", method="TRACE")
    assert response.status == 405
    assert "TRACE" not in response.get("Allow")


def test_s9_3_8_trace_gives_back_the_request(tracing):
    response = tracing.ask("/a.txt?x", "X-Mine: 1", "Max-Forwards: 0", method="TRACE")
    assert response.status == 200
    assert response.get("Content-Type") == "message/http"
    assert response.text.startswith("TRACE /a.txt?x HTTP/1.1\r\n")
    assert "Host: example.com\r\n" in response.text
    assert "X-Mine: 1\r\n" in response.text


@pytest.mark.parametrize("line", ["Cookie: secret=1", "Authorization: Basic secret", "Proxy-Authorization: Basic secret"])
def test_s9_3_8_trace_keeps_secrets(tracing, line):
    response = tracing.ask("/", line, method="TRACE")
    assert response.status == 200
    assert "secret" not in response.text


def test_s9_3_8_trace_with_content_is_refused(tracing):
    assert tracing.ask("/", method="TRACE", content=b"content").status == 400


def test_s9_3_8_trace_is_allowed_where_it_is_offered(tracing):
    assert "TRACE" in tracing.ask("*", method="OPTIONS").get("Allow")
    assert "TRACE" in tracing.ask("/a.txt", method="POST").get("Allow")


# CONNECT: §9.3.6


@pytest.mark.parametrize("target", ["example.com:443", "127.0.0.1:80", "[::1]:443"])
def test_s9_3_6_connect_is_no_tunnel_here(server, target):
    with server.connect() as peer:
        peer.send(request(target, method="CONNECT", host=target))
        response = peer.response()
        assert response.status in (405, 501)
        if response.status == 405:
            assert "CONNECT" not in response.get("Allow")


@pytest.mark.parametrize("target", ["example.com", "example.com:", ":443", "example.com:0", "example.com:99999", "/", "*"])
def test_s9_3_6_connect_to_nowhere(server, target):
    assert server.ask(target, method="CONNECT").status == 400

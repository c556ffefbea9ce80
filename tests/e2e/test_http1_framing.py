"""What is refused: RFC 9112 read strictly. Each request here gets its status and then the end of the connection, and
nothing that follows it is taken for another request. How the octets are cut on their way makes no difference.
"""
import pytest
from peer import Ended, NotHttp, chunked, parse_responses, request

FOLLOWED_BY = request("/echo/smuggled")


class Case:
    def __init__(self, name, octets, status):
        self.name = name
        self.octets = octets
        self.status = status

    def __repr__(self):
        return self.name


def line(text, name, status=400):
    """A request line, with everything else as it should be."""
    return Case(name, text + b"\r\nHost: a\r\n\r\n", status)


def field(text, name, status=400):
    """A field line among good ones."""
    return Case(name, b"GET / HTTP/1.1\r\nHost: a\r\n" + text + b"\r\nB: b\r\n\r\n", status)


def host(text, name, version=b"1.1"):
    return Case(name, b"GET / HTTP/" + version + b"\r\n" + text + b"\r\n\r\n", 400)


def framed(fields, content, name, status=400, version=b"1.1"):
    return Case(name, b"POST /echo?whole HTTP/" + version + b"\r\nHost: a\r\n" + fields + b"\r\n\r\n" + content, status)


def coded(content, name, status=400):
    """Chunked content that is malformed; with ?whole its status shows."""
    return framed(b"Transfer-Encoding: chunked", content, name, status)


CASES = [
    # RFC 9112 §6.3: how long the content is
    framed(b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"0\r\n\r\n", "s6_3_length_and_chunked"),
    framed(b"Transfer-Encoding: chunked\r\nContent-Length: 5", b"0\r\n\r\n", "s6_3_chunked_and_length"),
    framed(b"Transfer-Encoding: chunked\r\nContent-Length: 0", b"0\r\n\r\n", "s6_3_chunked_and_length_0"),
    framed(b"Transfer-Encoding: identity\r\nContent-Length: 5", b"hello", "s6_3_identity_and_length"),
    framed(b"Content-Length: 5\r\nContent-Length: 5", b"hello", "s6_3_two_lengths_equal"),
    framed(b"Content-Length: 5\r\nContent-Length: 6", b"hello", "s6_3_two_lengths_unequal"),
    framed(b"Content-Length: 5\r\nX: x\r\nCONTENT-LENGTH: 5", b"hello", "s6_3_two_lengths_apart"),
    framed(b"Content-Length: 5, 5", b"hello", "s6_3_length_list_equal"),
    framed(b"Content-Length: 5, 6", b"hello", "s6_3_length_list_unequal"),
    framed(b"Content-Length: 5,", b"hello", "s6_3_length_list_empty_member"),
    framed(b"Content-Length: +5", b"hello", "s8_6_length_plus"),
    framed(b"Content-Length: -5", b"hello", "s8_6_length_minus"),
    framed(b"Content-Length: 5 5", b"hello", "s8_6_length_space_inside"),
    framed(b"Content-Length: 0x5", b"hello", "s8_6_length_hexadecimal"),
    framed(b"Content-Length: 5.0", b"hello", "s8_6_length_fraction"),
    framed(b"Content-Length: 5e0", b"hello", "s8_6_length_exponent"),
    framed(b"Content-Length: \"5\"", b"hello", "s8_6_length_quoted"),
    framed(b"Content-Length: 5;x=y", b"hello", "s8_6_length_parameter"),
    framed(b"Content-Length: five", b"hello", "s8_6_length_word"),
    framed(b"Content-Length:", b"hello", "s8_6_length_empty"),
    framed(b"Content-Length: 18446744073709551616", b"hello", "s8_6_length_2_to_64"),
    framed(b"Content-Length: 18446744073709551621", b"hello", "s8_6_length_wraps_to_5"),
    framed(b"Content-Length: 99999999999999999999999999", b"hello", "s8_6_length_overflow"),
    Case("s8_6_length_bad_in_1_0", b"POST /echo?whole HTTP/1.0\r\nContent-Length: +5\r\n\r\nhello", 400),

    # RFC 9112 §6.1: transfer codings. What does not end with chunked has no end that could be known (§6.3, rule 4).
    framed(b"Transfer-Encoding: chunked, gzip", b"0\r\n\r\n", "s6_1_chunked_not_last"),
    framed(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip", b"0\r\n\r\n", "s6_1_chunked_not_last_two_lines"),
    framed(b"Transfer-Encoding: chunked, identity", b"0\r\n\r\n", "s6_1_chunked_then_identity"),
    framed(b"Transfer-Encoding: chunked, chunked", b"0\r\n\r\n", "s6_1_chunked_twice"),
    framed(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", b"0\r\n\r\n", "s6_1_chunked_twice_two_lines"),
    framed(b"Transfer-Encoding:", b"0\r\n\r\n", "s6_1_empty"),
    framed(b"Transfer-Encoding: ,", b"0\r\n\r\n", "s6_1_empty_members"),
    framed(b"Transfer-Encoding: gzip, chunked", b"0\r\n\r\n", "s6_1_gzip_chunked", 501),
    framed(b"Transfer-Encoding: gzip", b"0\r\n\r\n", "s6_1_gzip_alone"),
    framed(b"Transfer-Encoding: identity", b"0\r\n\r\n", "s6_1_identity_alone"),
    framed(b"Transfer-Encoding: xchunked", b"0\r\n\r\n", "s6_1_unknown_alone"),
    framed(b"Transfer-Encoding: chunked;q=1", b"0\r\n\r\n", "s6_1_chunked_with_parameter_alone"),
    framed(b"Transfer-Encoding: \"chunked\"", b"0\r\n\r\n", "s6_1_chunked_quoted_alone"),
    framed(b"Transfer-Encoding: \x0bchunked", b"0\r\n\r\n", "s6_1_vertical_tab"),
    framed(b"Transfer-Encoding: xchunked, chunked", b"0\r\n\r\n", "s6_1_unknown_chunked", 501),
    framed(b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", b"0\r\n\r\n", "s6_1_gzip_chunked_two_lines", 501),
    framed(b"Transfer-Encoding: chunked", b"0\r\n\r\n", "s6_1_chunked_in_1_0", version=b"1.0"),

    # RFC 9112 §7.1: chunks
    coded(b"+5\r\nhello\r\n0\r\n\r\n", "s7_1_size_plus"),
    coded(b"-5\r\nhello\r\n0\r\n\r\n", "s7_1_size_minus"),
    coded(b" 5\r\nhello\r\n0\r\n\r\n", "s7_1_size_space_before"),
    coded(b"5 \r\nhello\r\n0\r\n\r\n", "s7_1_size_space_after"),
    coded(b"5\t\r\nhello\r\n0\r\n\r\n", "s7_1_size_tab_after"),
    coded(b"5 ;x=y\r\nhello\r\n0\r\n\r\n", "s7_1_size_space_before_extension"),
    coded(b"0x5\r\nhello\r\n0\r\n\r\n", "s7_1_size_0x"),
    coded(b"5_0\r\nhello\r\n0\r\n\r\n", "s7_1_size_underscore"),
    coded(b"\r\nhello\r\n0\r\n\r\n", "s7_1_size_empty"),
    coded(b";x\r\nhello\r\n0\r\n\r\n", "s7_1_size_only_extension"),
    coded(b"g\r\nhello\r\n0\r\n\r\n", "s7_1_size_no_digit"),
    coded(b"10000000000000000\r\nhello\r\n0\r\n\r\n", "s7_1_size_2_to_64"),
    coded(b"10000000000000005\r\nhello\r\n0\r\n\r\n", "s7_1_size_wraps_to_5"),
    coded(b"8000000000000000\r\nhello\r\n0\r\n\r\n", "s7_1_size_2_to_63"),
    coded(b"00000000000000005\r\nhello\r\n0\r\n\r\n", "s7_1_size_too_many_digits"),
    coded(b"5\nhello\r\n0\r\n\r\n", "s7_1_size_lf_alone"),
    coded(b"5\rhello\r\n0\r\n\r\n", "s7_1_size_cr_alone"),
    coded(b"5\r\nhello\n0\r\n\r\n", "s7_1_data_lf_alone"),
    coded(b"5\r\nhello\r0\r\n\r\n", "s7_1_data_cr_alone"),
    coded(b"5\r\nhello0\r\n\r\n", "s7_1_data_without_end"),
    coded(b"4\r\nhello\r\n0\r\n\r\n", "s7_1_data_longer_than_size"),
    coded(b"5\r\nhello\r\n0\n\r\n", "s7_1_last_lf_alone"),
    coded(b"5\r\nhello\r\n0\r\n\n", "s7_1_end_lf_alone"),
    coded(b"5\r\nhello\r\n-0\r\n\r\n", "s7_1_last_minus"),
    coded(b"5;a\nb\r\nhello\r\n0\r\n\r\n", "s7_1_1_extension_lf_alone"),
    coded(b"5;a\rb\r\nhello\r\n0\r\n\r\n", "s7_1_1_extension_cr_alone"),
    coded(b"5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n", "s7_1_1_extension_crlf_quoted"),
    coded(b"5;a\x00b\r\nhello\r\n0\r\n\r\n", "s7_1_1_extension_nul"),
    coded(b"5;" + b"a" * 5000 + b"\r\nhello\r\n0\r\n\r\n", "s7_1_1_extension_too_long"),
    coded(b"1;" + b"a" * 1000 + b"\r\nh\r\n" + (b"1;" + b"a" * 1000 + b"\r\nh\r\n") * 5 + b"0\r\n\r\n",
          "s7_1_1_extensions_too_long_together"),
    coded(b"0\r\nA : b\r\n\r\n", "s7_1_2_trailer_space_before_colon"),
    coded(b"0\r\nA: b\r\n c\r\n\r\n", "s7_1_2_trailer_folded"),
    coded(b"0\r\nA: b\x00\r\n\r\n", "s7_1_2_trailer_nul"),
    coded(b"0\r\nA: b\rc\r\n\r\n", "s7_1_2_trailer_cr_alone"),
    coded(b"0\r\nA: b\n\r\n", "s7_1_2_trailer_lf_alone"),
    coded(b"0\r\nA\r\n\r\n", "s7_1_2_trailer_no_colon"),

    # RFC 9112 §2.2 and §5: lines and fields
    field(b"A: a\rb", "s2_2_cr_in_value"),
    field(b"A: a\r", "s2_2_cr_at_end_of_value"),
    field(b"A\r: a", "s2_2_cr_in_name"),
    field(b"A: a\nC: c", "s2_2_lf_alone"),
    Case("s2_2_lf_alone_everywhere", b"GET / HTTP/1.1\nHost: a\n\n", 400),
    Case("s2_2_lf_alone_after_request_line", b"GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
    Case("s2_2_lf_alone_at_end", b"GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
    Case("s2_2_lf_before_request", b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Case("s2_2_five_empty_lines", b"\r\n" * 5 + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Case("s2_2_space_after_request_line", b"GET / HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n", 400),
    field(b"A : a", "s5_1_space_before_colon"),
    field(b"A\t: a", "s5_1_tab_before_colon"),
    framed(b"Content-Length : 5", b"hello", "s5_1_space_before_colon_of_length"),
    framed(b"Transfer-Encoding : chunked", b"0\r\n\r\n", "s5_1_space_before_colon_of_coding"),
    field(b"A: a\r\n b", "s5_2_fold_space"),
    field(b"A: a\r\n\tb", "s5_2_fold_tab"),
    field(b"A: a\r\n ", "s5_2_fold_empty"),
    framed(b"Transfer-Encoding:\r\n chunked", b"0\r\n\r\n", "s5_2_fold_of_coding"),
    field(b"A: a\x00b", "s5_5_nul_in_value"),
    field(b"A: \x00", "s5_5_nul_as_value"),
    field(b"A\x00: a", "s5_5_nul_in_name"),
    field(b"A: a\x01b", "s5_5_control_in_value"),
    field(b"A: a\x7fb", "s5_5_delete_in_value"),
    field(b"A: a\x0bb", "s5_5_vertical_tab_in_value"),
    field(b"A: a\x0cb", "s5_5_form_feed_in_value"),
    field(b": a", "s5_1_no_name"),
    field(b"A", "s5_no_colon"),
    field(b"A a", "s5_no_colon_but_a_space"),
    field(b"A(b): a", "s5_1_name_with_delimiter"),
    field(b"\xc3\xa9: a", "s5_1_name_not_ascii"),
    field(b"\"A\": a", "s5_1_name_quoted"),

    # RFC 9112 §3.2: Host
    host(b"A: a", "s3_2_no_host"),
    Case("s3_2_no_fields", b"GET / HTTP/1.1\r\n\r\n", 400),
    Case("s3_2_no_host_for_absolute", b"GET http://a/ HTTP/1.1\r\n\r\n", 400),
    host(b"Host: a\r\nHost: a", "s3_2_two_hosts_equal"),
    host(b"Host: a\r\nHost: b", "s3_2_two_hosts"),
    host(b"Host: a\r\nhOST: a", "s3_2_two_hosts_other_case"),
    host(b"Host: a\r\nHost: a", "s3_2_two_hosts_in_1_0", b"1.0"),
    host(b"Host:\r\nHost:", "s3_2_two_hosts_empty"),
    host(b"Host: a b", "s3_2_host_space"),
    host(b"Host: a b", "s3_2_host_space_in_1_0", b"1.0"),
    host(b"Host: a:1,b", "s3_2_host_list"),
    host(b"Host: a/b", "s3_2_host_slash"),
    host(b"Host: a?b", "s3_2_host_question_mark"),
    host(b"Host: a#b", "s3_2_host_number_sign"),
    host(b"Host: u@a", "s3_2_host_userinfo"),
    host(b"Host: a:b", "s3_2_host_port_word"),
    host(b"Host: a:65536", "s3_2_host_port_too_large"),
    host(b"Host: a:-1", "s3_2_host_port_sign"),
    host(b"Host: a:80:80", "s3_2_host_two_ports"),
    host(b"Host: :80", "s3_2_host_only_port"),
    host(b"Host: [::1", "s3_2_host_open_bracket"),
    host(b"Host: ::1", "s3_2_host_no_brackets"),
    host(b"Host: [::g]", "s3_2_host_bad_address"),
    host(b"Host: [::1]a", "s3_2_host_after_bracket"),
    host(b"Host: a%zz", "s3_2_host_bad_escape"),
    host(b"Host: \xe9", "s3_2_host_not_ascii"),
    host(b"Host: a\\b", "s3_2_host_backslash"),
    host(b"Host: http://a/", "s3_2_host_url"),

    # RFC 9112 §3: the request line
    Case("s3_0_9", b"GET /\r\n\r\n", 400),
    line(b"GET / HTTP/1.1 ", "s3_space_at_end"),
    line(b"GET  / HTTP/1.1", "s3_two_spaces_before_target"),
    line(b"GET /  HTTP/1.1", "s3_two_spaces_after_target"),
    line(b"GET\t/ HTTP/1.1", "s3_tab_before_target"),
    line(b"GET /\tHTTP/1.1", "s3_tab_after_target"),
    line(b" GET / HTTP/1.1", "s3_space_before_method"),
    line(b"GET / x HTTP/1.1", "s3_2_target_space"),
    line(b"GET", "s3_method_alone"),
    line(b"GET ", "s3_method_and_space"),
    line(b"GET HTTP/1.1", "s3_no_target"),
    line(b"GET  HTTP/1.1", "s3_empty_target"),
    line(b"G(T / HTTP/1.1", "s3_1_method_no_token"),
    line(b"G\xc9T / HTTP/1.1", "s3_1_method_not_ascii"),
    line(b"G\x00T / HTTP/1.1", "s3_1_method_nul"),
    line(b"G\rT / HTTP/1.1", "s3_1_method_cr"),
    line(b"GET /\xc3\xa9 HTTP/1.1", "s3_2_target_not_ascii"),
    line(b"GET /\x80 HTTP/1.1", "s3_2_target_octet_80"),
    line(b"GET /\xff HTTP/1.1", "s3_2_target_octet_ff"),
    line(b"GET /\x00 HTTP/1.1", "s3_2_target_nul"),
    line(b"GET /\x01 HTTP/1.1", "s3_2_target_control"),
    line(b"GET /\x1f HTTP/1.1", "s3_2_target_control_1f"),
    line(b"GET /\x7f HTTP/1.1", "s3_2_target_delete"),
    line(b"GET /a\rb HTTP/1.1", "s3_2_target_cr"),
    line(b"GET /a#b HTTP/1.1", "s3_2_target_fragment"),
    line(b"GET /?a#b HTTP/1.1", "s3_2_query_fragment"),
    line(b"GET /?\xe9 HTTP/1.1", "s3_2_query_not_ascii"),
    line(b"GET a HTTP/1.1", "s3_2_relative"),
    line(b"GET example.com:80 HTTP/1.1", "s3_2_3_authority_for_get"),
    line(b"GET * HTTP/1.1", "s3_2_4_asterisk_for_get"),
    line(b"CONNECT / HTTP/1.1", "s3_2_3_path_for_connect"),
    line(b"CONNECT example.com HTTP/1.1", "s3_2_3_connect_without_port"),
    line(b"GET http:///a HTTP/1.1", "s3_2_2_absolute_without_host"),
    line(b"GET http://u@a/ HTTP/1.1", "s3_2_2_absolute_with_userinfo"),
    line(b"GET http:a HTTP/1.1", "s3_2_2_absolute_without_slashes"),
    line(b"GET ftp://a/ HTTP/1.1", "s3_2_2_absolute_other_scheme"),
    line(b"GET /%zz HTTP/1.1", "s3_2_bad_escape"),
    line(b"GET /% HTTP/1.1", "s3_2_cut_escape"),
    line(b"GET / HTTP/2.0", "s2_3_version_2_0", 505),
    line(b"GET / HTTP/3.0", "s2_3_version_3_0", 505),
    line(b"GET / HTTP/0.9", "s2_3_version_0_9", 505),
    line(b"PRI * HTTP/2.0", "s2_3_preface_of_http2", 505),
    line(b"GET / HTTP/1", "s2_3_version_1"),
    line(b"GET / HTTP/1.", "s2_3_version_1_dot"),
    line(b"GET / HTTP/1.10", "s2_3_version_1_10"),
    line(b"GET / HTTP/01.1", "s2_3_version_01_1"),
    line(b"GET / HTTP/1.1x", "s2_3_version_and_more"),
    line(b"GET / http/1.1", "s2_3_version_lower_case"),
    line(b"GET / HTTPS/1.1", "s2_3_version_https"),
    line(b"GET / HTTP 1.1", "s2_3_version_space"),
    line(b"GET / HTTP/1,1", "s2_3_version_comma"),
    line(b"GET / HTTP/+.1", "s2_3_version_sign"),
    line(b"GET / ", "s2_3_version_empty"),
    # A TLS client that speaks to the wrong port; its octets have no line's end.
    Case("tls_client_hello", bytes.fromhex("160301020001000a") + b"\r\n\r\n", 400),
]


@pytest.fixture(scope="module")
def server(cais, tmp_path_factory):
    # A small limit for what is read off keeps a wrong program from hanging the test; one worker, so that settle() works.
    with cais.serve(tmp_path_factory.mktemp("site"), "--echo", "/echo", "--workers", "1") as running:
        yield running


def outcome(octets):
    """Every response in what came, as (status, Connection, content)."""
    return [(response.status, response.get("Connection"), response.content) for response in parse_responses(octets)]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_refused_and_closed(server, case):
    with server.connect() as peer:
        peer.send(case.octets + FOLLOWED_BY)
        response = peer.response()
        assert response.status == case.status
        assert response.get("Connection") == "close"
        assert response.content, "a refusal says why"
        assert b"smuggled" not in peer.rest()
        assert peer.end == "closed"


def cuts_of(octets):
    return range(1, len(octets)) if len(octets) < 400 else range(1, len(octets), len(octets) // 40)


def run_cut(server, pieces_of_each):
    """Sends the pieces of many connections side by side, each after the program has read the one before; gives what
    came back on each."""
    results = []
    for at in range(0, len(pieces_of_each), 200):
        batch = pieces_of_each[at:at + 200]
        peers = [server.connect() for _ in batch]
        try:
            for turn in range(max(map(len, batch))):
                for peer, pieces in zip(peers, batch):
                    if turn < len(pieces):
                        try:
                            peer.send(pieces[turn])
                        except (BrokenPipeError, ConnectionResetError):
                            pass  # it was refused before this piece
                server.settle()
            results += [peer.rest() for peer in peers]
        finally:
            for peer in peers:
                peer.close()
    return results


@pytest.mark.parametrize("group", ["s2", "s3", "s5", "s6", "s7", "s8", "tls"])
def test_cut_in_two_anywhere(server, group):
    """A parser must not care how octets arrive."""
    cases = [case for case in CASES if case.name.startswith(group)]
    runs = [(case, cut) for case in cases for cut in cuts_of(case.octets)]
    wanted = dict(zip(cases, map(outcome, run_cut(server, [[case.octets] for case in cases]))))
    results = run_cut(server, [[case.octets[:cut], case.octets[cut:]] for case, cut in runs])
    wrong = []
    for (case, cut), octets in zip(runs, results):
        try:
            got = outcome(octets)
        except NotHttp as error:
            got = str(error)
        if got != wanted[case] or [status for status, *_ in wanted[case]] != [case.status]:
            wrong.append((case.name, cut, got))
    assert not wrong, f"{len(wrong)} of {len(runs)}"


def test_one_octet_at_a_time(server):
    cases = [case for case in CASES if len(case.octets) < 120]
    results = run_cut(server, [[bytes([octet]) for octet in case.octets] for case in cases])
    wrong = [(case.name, octets[:60]) for case, octets in zip(cases, results)
             if [status for status, *_ in outcome(octets)] != [case.status]]
    assert not wrong


GOOD = (request("/echo/first", "A: b", "C:\t d \t")
        + request("/echo/second", "Content-Type: text/plain", method="POST", content=b"content")
        + b"\r\n\r\n"
        + request("/echo/third", "Transfer-Encoding: chunked", "TE: trailers", method="PUT")
        + chunked(b"one", b"two and a half", trailers=["X-Sum: 17"])
        + request("/echo/fourth", method="HEAD")
        + request("/echo/fifth", "Connection: close"))


def good_outcome(octets):
    return [(response.status, response.content, response.trailers, response.get("Connection"))
            for response in parse_responses(octets, ["GET", "POST", "PUT", "HEAD", "GET"])]


def test_good_requests_cut_in_two_anywhere(server):
    wanted = good_outcome(run_cut(server, [[GOOD]])[0])
    assert [status for status, *_ in wanted] == [200] * 5
    assert [content for _, content, *_ in wanted[1:3]] == [b"content", b"onetwo and a half"]
    assert wanted[2][2] == [("X-Sum", "17")]
    results = run_cut(server, [[GOOD[:cut], GOOD[cut:]] for cut in range(1, len(GOOD))])
    wrong = [cut for cut, octets in enumerate(results, 1) if good_outcome(octets) != wanted]
    assert not wrong


def test_good_requests_one_octet_at_a_time(server):
    wanted, got = run_cut(server, [[GOOD], [bytes([octet]) for octet in GOOD]])
    assert good_outcome(got) == good_outcome(wanted)


def test_s7_1_malformed_chunk_ends_a_streamed_answer_without_its_end(server):
    """The head had left when the fault was found: the peer must not take what it has for the whole."""
    with server.connect() as peer:
        peer.send(request("/echo", "Transfer-Encoding: chunked", method="POST") + b"5\r\nhello\r\n")
        response = peer.head()
        assert response.status == 200
        pieces = peer.pieces(response)
        assert next(pieces) == b"hello"
        peer.send(b"-1\r\n")
        with pytest.raises(Ended):
            list(pieces)


@pytest.mark.parametrize("text", ["a", "a:80", "a:", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080", "EXAMPLE.com.",
                                  "a_b", "xn--bcher-kva.example", "a%20b", ""])
def test_s3_2_host_taken(server, text):
    assert server.ask("/echo", host=text).status == 200


@pytest.mark.parametrize("version, status", [("HTTP/1.1", 200), ("HTTP/1.0", 200), ("HTTP/1.2", 200), ("HTTP/1.9", 200)])
def test_s2_3_version_taken(server, version, status):
    """RFC 9110 §2.5: a higher minor version is read as the highest that is known."""
    assert server.ask("/echo", version=version).status == status


def test_s3_2_host_may_be_missing_in_1_0(server):
    assert server.ask("/echo", version="HTTP/1.0", host=None).status == 200

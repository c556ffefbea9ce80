"""Debian's pebble: an authority that forgets everything, with the DNS that it looks at (pebble-challtestsrv)."""
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

ACCOUNTS = {"kid-1": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def until_it_listens(port, process, within=30):
    end = time.monotonic() + within
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process.poll() is None, f"it ended with {process.returncode}"
            assert time.monotonic() < end, "it does not listen"
            threading.Event().wait(0.01)


def ended(process):
    if process.poll() is None:
        process.kill()
    process.wait()


class Https:
    """An authority for the authority's own HTTPS: `ca` is the file to believe."""

    def __init__(self, folder):
        self.ca, self.key, self.certificate = folder / "https-ca.pem", folder / "https-key.pem", folder / "https.pem"
        ca_key, request, extensions = folder / "https-ca-key.pem", folder / "https.csr", folder / "https.ext"
        make = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        openssl("req", "-x509", *make, "-keyout", ca_key, "-out", self.ca, "-days", "30", "-subj", "/CN=pebble's own")
        openssl("req", *make, "-keyout", self.key, "-out", request, "-subj", "/CN=pebble")
        extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "30",
                "-extfile", extensions, "-out", self.certificate)


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


class Dns:
    """Answers every name with 127.0.0.1, and TXT records with what `hook` was told."""

    def __init__(self, folder):
        self.port, self.management = free_port(), free_port()
        self.process = subprocess.Popen(
            ["pebble-challtestsrv", "-dns01", f"127.0.0.1:{self.port}", "-management", f"127.0.0.1:{self.management}",
             "-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until_it_listens(self.management, self.process)
        self.calls = folder / "hook.calls"
        self.hook = folder / "dns-hook"
        self.hook.write_text(f"""#!/usr/bin/python3
import json, sys, urllib.request
what, name, value = sys.argv[1:]
with open({str(self.calls)!r}, "a") as calls:
    print(what, name, value, file=calls)
path, content = ("set-txt", {{"host": name, "value": value}}) if what == "present" else ("clear-txt", {{"host": name}})
urllib.request.urlopen("http://127.0.0.1:{self.management}/" + path, json.dumps(content).encode(), timeout=10).read()
""")
        self.hook.chmod(0o755)

    def asked(self):
        return [line.split() for line in self.calls.read_text().splitlines()] if self.calls.exists() else []


class Pebble:
    def __init__(self, folder, https, dns, *, http_port, tls_port, lifetime=None, external=False, nonce_reject=0,
                 reuse=0, port=None):
        self.port, self.management = port or free_port(), free_port()
        self.https = https
        configuration = {
            "listenAddress": f"127.0.0.1:{self.port}", "managementListenAddress": f"127.0.0.1:{self.management}",
            "certificate": str(https.certificate), "privateKey": str(https.key),
            "httpPort": http_port, "tlsPort": tls_port, "ocspResponderURL": "",
            "externalAccountBindingRequired": external}
        if external:
            configuration["externalAccountMACKeys"] = ACCOUNTS
        if lifetime:
            configuration["certificateValidityPeriod"] = lifetime
        file = folder / f"pebble-{self.port}.json"
        file.write_text(json.dumps({"pebble": configuration}))
        environment = dict(os.environ, PEBBLE_VA_NOSLEEP="1", PEBBLE_WFE_NONCEREJECT=str(nonce_reject),
                           PEBBLE_AUTHZREUSE=str(reuse))
        self.log = folder / f"pebble-{self.port}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["pebble", "-strict", "-config", file, "-dnsserver", f"127.0.0.1:{dns.port}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        until_it_listens(self.port, self.process)

    @property
    def directory(self):
        return f"https://127.0.0.1:{self.port}/dir"

    def said(self):
        return self.log.read_text(errors="replace")

    def root(self, folder):
        """A file with the root that it issues under, which is another after each start."""
        context = ssl.create_default_context(cafile=self.https.ca)
        connection = http.client.HTTPSConnection("127.0.0.1", self.management, context=context, timeout=10)
        connection.request("GET", "/roots/0")
        file = folder / f"root-{self.port}.pem"
        file.write_bytes(connection.getresponse().read())
        connection.close()
        return file

    def stop(self):
        ended(self.process)


class Front:
    """A server before pebble that adds to its directory what Debian's pebble does not have: `renewalInfo` and
    `meta.profiles`, and answers for the former with `window`: (start, end, Retry-After) or None."""

    def __init__(self, pebble, profiles=("classic", "shortlived")):
        self.window = None
        self.asked = []     # certificates whose information was asked for
        self.orders = []    # payloads of newOrder
        self.refuse = None  # a function of the path: (status, problem, Retry-After) or None
        self.changed = threading.Condition()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pebble.https.certificate, pebble.https.key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler(pebble, profiles))
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def directory(self):
        return f"https://127.0.0.1:{self.port}/dir"

    def _handler(self, pebble, profiles):
        front = self
        trusted = ssl.create_default_context(cafile=pebble.https.ca)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_one(self):
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                refused = front.refuse and front.refuse(self.path)
                if refused:
                    status, problem, retry_after = refused
                    fields = {"Content-Type": "application/problem+json"}
                    if retry_after is not None:
                        fields["Retry-After"] = str(retry_after)
                    return self.answer(status, fields, json.dumps(problem).encode())
                if self.path.startswith("/renewal/"):
                    return self.renewal()
                return self.pass_on(content)

            def renewal(self):
                with front.changed:
                    front.asked.append(self.path.rpartition("/")[2])
                    front.changed.notify_all()
                if front.window is None:
                    return self.answer(404, {"Content-Type": "application/problem+json"}, b"{}")
                start, end, retry_after = front.window
                return self.answer(200, {"Content-Type": "application/json", "Retry-After": str(retry_after)},
                                   json.dumps({"suggestedWindow": {"start": start, "end": end}}).encode())

            def pass_on(self, content):
                fields = {name: value for name, value in self.headers.items() if name.lower() not in ("connection",)}
                # pebble makes its URLs of Host, so that they lead here.
                connection = http.client.HTTPSConnection("127.0.0.1", pebble.port, context=trusted, timeout=30)
                connection.request(self.command, self.path, content, fields)
                response = connection.getresponse()
                content = response.read()
                given = {name: value for name, value in response.getheaders()
                         if name.lower() not in ("content-length", "connection", "transfer-encoding", "date")}
                connection.close()
                if self.path == "/dir":
                    directory = json.loads(content)
                    directory["renewalInfo"] = f"https://127.0.0.1:{front.port}/renewal"
                    directory["meta"]["profiles"] = {name: name for name in profiles}
                    content = json.dumps(directory).encode()
                return self.answer(response.status, given, content)

            def answer(self, status, fields, content):
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_POST = do_HEAD = handle_one

        return Handler

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

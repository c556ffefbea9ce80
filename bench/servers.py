"""The servers that are measured, each with one worker and a configuration that its own documents would recommend for
static files: no access log, files kept open or cached where it can, sendfile, no limit on requests a connection."""
import os
import subprocess
from pathlib import Path

from processes import Running

CONNECTIONS = 32768

NGINX = """
daemon off; worker_processes 1; worker_rlimit_nofile {connections}; pid {work}/nginx.pid; error_log stderr crit; {user}
events {{ worker_connections {connections}; multi_accept on; }}
http {{
    types {{ text/html html; }}
    default_type application/octet-stream;
    client_body_temp_path {work}/nginx-1; proxy_temp_path {work}/nginx-2; fastcgi_temp_path {work}/nginx-3;
    uwsgi_temp_path {work}/nginx-4; scgi_temp_path {work}/nginx-5;
    access_log off; sendfile on; tcp_nopush on; tcp_nodelay on;
    keepalive_timeout 300; keepalive_requests 1000000000;
    open_file_cache max=100000 inactive=300s; open_file_cache_valid 60s; open_file_cache_errors on;
    server {{
        listen 127.0.0.1:{port} backlog=4096 deferred{secure};
        {tls}
        root {site};
        location / {{ }}
        location /listing/ {{ autoindex on; }}
        location /gzip6/ {{ alias {site}/; gzip on; gzip_comp_level 6; }}
        location /gzip1/ {{ alias {site}/; gzip on; gzip_comp_level 1; }}
        location /static/ {{ gzip_static on; }}
    }}
}}
"""

CAIS_SITES = """
state = "{work}/state"
workers = 1
user = "root"
[log]
access = "off"
[[site]]
hosts = ["*"]
listen = ["127.0.0.1:{port}"]
tls = "off"
route = [ {{ path = "/", files = "{site}" }} ]
"""

H2O = """
{user}
num-threads: 1
num-name-resolution-threads: 1
max-connections: {connections}
tcp-fastopen: 0
pid-file: {work}/h2o.pid
error-log: /dev/stderr
http1-request-timeout: 300
hosts:
  default:
    listen: {{ host: 127.0.0.1, port: {port}{tls} }}
    paths:
      "/": {{ file.dir: "{site}", file.dirlisting: ON }}
      "/gzip6": {{ file.dir: "{site}", compress: {{ gzip: 6 }} }}
"""

LIGHTTPD = """
server.document-root = "{site}"
server.bind = "127.0.0.1"
server.port = {port}
server.modules = ( "mod_dirlisting" )
server.event-handler = "linux-sysepoll"
server.network-backend = "sendfile"
server.max-fds = {connections}
server.max-connections = {connections}
server.max-keep-alive-requests = 65535
server.max-keep-alive-idle = 300
server.listen-backlog = 4096
server.defer-accept = 1
mimetype.assign = ( ".html" => "text/html" )
dir-listing.activate = "enable"
{tls}
"""

CAIS_TLS = """
{user}
state = "{work}/state"
[[site]]
hosts  = ["*"]
listen = ["https://127.0.0.1:{port}"]
tls    = {{ certificate = "{certificate}", key = "{key}" }}
route  = [ {{ path = "/", files = "{site}" }} ]
"""

# What each adds for TLS 1.2 and 1.3 with its own defaults; sessions resume by tickets.
TLS = {
    "nginx.conf": "ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3;",
    "h2o.conf": ", ssl: {{ certificate-file: {certificate}, key-file: {key} }}",
    "lighttpd.conf": 'server.modules += ( "mod_openssl" )\nssl.engine = "enable"\nssl.pemfile = "{certificate}"\nssl.privkey = "{key}"',
}


class Servers:
    """Starts any of them over one site. `cais` and `limit` are paths of programs."""

    def __init__(self, site, work, cais, limit, core, load_core):
        self.site, self.work, self.cais, self.limit = site, work, cais, limit
        self.core, self.load_core = core, load_core

        self.certificate, self.key, self.tls = work / "certificate.pem", work / "key.pem", False

    def start(self, name, port, arguments=(), tls=False):
        self.tls = tls
        if tls and not self.key.exists():
            self._make_certificate()
        command = getattr(self, "_" + name)(port, arguments)
        return Running(command, port, self.core, self.load_core, self.work / f"{name}.log", tls)

    def _make_certificate(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True)
        self.key.chmod(0o600)

    def _write(self, name, template, port, user):
        path = Path(self.work) / name
        files = {"certificate": self.certificate, "key": self.key}
        path.write_text(template.format(site=self.site, work=self.work, port=port, connections=CONNECTIONS,
                                        user=user if os.geteuid() == 0 else "", secure=" ssl" if self.tls else "",
                                        tls=TLS.get(name, "").format(**files) if self.tls else "", **files))
        return str(path)

    def _cais(self, port, _):
        if self.tls:
            return [str(self.cais), "serve", self._write("cais.toml", CAIS_TLS, port, 'user = "root"'), "--workers", "1", "--log", "off", "-q"]
        return [str(self.cais), "serve", str(self.site), "--listen", f"127.0.0.1:{port}", "--workers", "1", "--log", "off", "-q"]

    def _cais_sites(self, port, _):
        path = Path(self.work) / "cais.toml"
        path.write_text(CAIS_SITES.format(site=self.site, work=self.work, port=port))
        return [str(self.cais), "serve", str(path), "-q"]

    def _h2o_master(self, port, _):
        return ["/usr/bin/h2o", "-m", "master", "-c", self._write("h2o.conf", H2O, port, "user: root")]

    def _nginx(self, port, _):
        return ["/usr/sbin/nginx", "-e", "stderr", "-c", self._write("nginx.conf", NGINX, port, "user root;")]

    def _h2o(self, port, _):
        return ["/usr/bin/h2o", "-c", self._write("h2o.conf", H2O, port, "user: root")]

    def _lighttpd(self, port, _):
        return ["/usr/sbin/lighttpd", "-D", "-f", self._write("lighttpd.conf", LIGHTTPD, port, "")]

    def _limit(self, port, arguments):
        return [str(self.limit), "--port", str(port), *arguments]

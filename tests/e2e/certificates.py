"""Certificates for tests, made with openssl: authorities, and what they issue."""
import subprocess


def openssl(*arguments, **named):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, text=True, timeout=30, **named).stdout


class Pair:
    """A certificate's chain and its key, as files."""

    def __init__(self, folder, name):
        self.certificate, self.key = folder / f"{name}.pem", folder / f"{name}-key.pem"

    def __str__(self):
        return f'certificate = "{self.certificate}", key = "{self.key}"'


class Authority:
    def __init__(self, folder, name="authority"):
        self.folder, self.pair = folder, Pair(folder, name)
        self.certificate = self.pair.certificate
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "365", "-subj", f"/CN={name}",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", self.pair.key, "-out", self.certificate)

    def issue(self, name, names="DNS:localhost,IP:127.0.0.1", *, key="ec", days=90, more=(), with_chain=False, subject=None):
        pair = Pair(self.folder, name)
        kind = ["rsa:2048"] if key == "rsa" else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.cnf"
        openssl("req", "-new", "-newkey", *kind, "-nodes", "-subj", subject or f"/CN={name}", "-keyout", pair.key, "-out", request)
        extensions.write_text("\n".join([f"subjectAltName = {names}" if names else "", "basicConstraints = critical,CA:FALSE",
                                         "keyUsage = critical,digitalSignature", *more]) + "\n")
        openssl("x509", "-req", "-in", request, "-days", days, "-CA", self.certificate, "-CAkey", self.pair.key, "-CAcreateserial",
                "-extfile", extensions, "-out", pair.certificate)
        if with_chain:
            pair.certificate.write_text(pair.certificate.read_text() + self.certificate.read_text())
        pair.key.chmod(0o600)
        return pair

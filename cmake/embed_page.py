#!/usr/bin/python3
"""Makes a C++ source of a page's style and script, and the Content-Security-Policy that admits exactly them."""
import argparse
import base64
import hashlib
import pathlib
import subprocess
import sys

BROWSERS = "chrome100,firefox100,safari15.4"


def bundle(esbuild, path, *more):
    made = subprocess.run(
        [esbuild, path, "--bundle", "--minify", "--charset=utf8", "--legal-comments=none", "--log-level=warning",
         f"--target={BROWSERS}", *more],
        stdout=subprocess.PIPE, check=False)
    if made.returncode != 0:
        sys.exit(f"{path}: esbuild refused it")
    return made.stdout.decode().strip()


def hashed(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def literal(text):
    """The text as C++ string literals, one a line; every octet outside printable ASCII in octal."""
    def octet(o):
        return {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n", ord("?"): "\\?"}.get(o) \
            or (chr(o) if 0x20 <= o < 0x7F else f"\\{o:03o}")
    octets = text.encode()
    lines = [octets[i:i + 100] for i in range(0, len(octets), 100)] or [b""]
    return "\n".join('    "' + "".join(map(octet, line)) + '"' for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--esbuild", required=True, help="the program that makes style and script small")
    parser.add_argument("--name", required=True, help="what the names of the constants begin with")
    parser.add_argument("--namespace", required=True)
    parser.add_argument("--style", required=True, help="a CSS file")
    parser.add_argument("--script", help="a TypeScript file")
    parser.add_argument("--images", action="store_true", help="the style holds pictures")
    parser.add_argument("--form", action="store_true", help="the page has a form")
    parser.add_argument("--output", required=True)
    to = parser.parse_args()

    style = bundle(to.esbuild, to.style, "--loader:.svg=dataurl")
    script = bundle(to.esbuild, to.script, "--format=iife") if to.script else ""
    for text, tag in ((style, "</style"), (script, "</script"), (script, "<!--")):
        if tag in text.lower():
            sys.exit(f"{to.name}: `{tag}` would end the page's element early")

    policy = ["default-src 'none'", "style-src " + hashed(style)]
    if script:
        policy.append("script-src " + hashed(script))
    if to.images:
        policy.append("img-src data:")
    policy += ["base-uri 'none'", "form-action " + ("'self'" if to.form else "'none'"), "frame-ancestors 'self'"]

    lines = ["// Made by cmake/embed_page.py from web/: change it there.", "#include <string_view>", "",
             f"namespace {to.namespace} {{", ""]
    for kind, text in (("style", style), ("script", script), ("policy", "; ".join(policy))):
        if kind == "script" and not to.script:
            continue
        lines += [f"extern const std::string_view {to.name}_{kind};",
                  f"constinit const std::string_view {to.name}_{kind} =", literal(text) + ";", ""]
    lines.append(f"}}  // namespace {to.namespace}\n")
    pathlib.Path(to.output).write_text("\n".join(lines))


main()

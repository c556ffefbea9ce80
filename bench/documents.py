"""What is served while measuring: files of given sizes, many pages that compress as real ones do, full folders."""
import gzip
import os
import random

PAGES = 1000  # each asked for once, of 100 KiB


def make(site, rows):
    site.mkdir()
    words = _words(random.Random(1))
    page = _page(random.Random(2), _paragraphs(random.Random(3), words), 100 * 1024)
    for name, size in (("1k", 1024), ("10k", 10 * 1024), ("100k", 100 * 1024)):
        (site / f"{name}.html").write_bytes(page[:size])
    (site / "1m.html").write_bytes(_page(random.Random(5), _paragraphs(random.Random(3), words), 1024 * 1024))
    (site / "index.html").write_bytes(page[:1024])
    if "again" in rows:
        for folder in ("again", "static"):
            (site / folder).mkdir()
            (site / folder / "page.html").write_bytes(page)
        (site / "static" / "page.html.gz").write_bytes(gzip.compress(page, 6))
    if "compress" in rows:
        pages = site / "pages"
        pages.mkdir()
        paragraphs = _paragraphs(random.Random(4), words)
        for number in range(PAGES):
            (pages / f"{number}.html").write_bytes(_page(random.Random(number), paragraphs, 100 * 1024))
    if "listing" in rows:
        for count in (10_000, 100_000):
            _folder(site / "listing" / str(count), count)


def _words(rng):
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    weights = [26 - at for at in range(26)]
    return ["".join(rng.choices(letters, weights, k=rng.randint(2, 11))) for _ in range(4000)]


def _paragraphs(rng, words):
    """Text with a language's repetitions: few words often, many seldom."""
    weights = [1 / (at + 5) for at in range(len(words))]
    made = []
    for number in range(4000):
        text = " ".join(rng.choices(words, weights, k=60))
        made.append(f'<p id="p{number}" class="{rng.choice(words)}">{text} <a href="/{rng.choice(words)}/{number}">{rng.choice(words)}</a></p>\n')
    return made


def _page(rng, paragraphs, size):
    text = '<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>A page</title>\n'
    text += "".join(rng.choices(paragraphs, k=size // 300))
    return text.encode()[:size].ljust(size, b"\n")


def _folder(path, count):
    path.mkdir(parents=True)
    at = os.open(path, os.O_DIRECTORY)
    for number in range(count):
        made = os.open(f"document-{number:06}.html", os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=at)
        os.truncate(made, number * 37 % 1_000_000)
        os.close(made)
    os.close(at)

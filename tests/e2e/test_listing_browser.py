"""The listing in a browser, as a person uses it: seen, sorted, searched, moved through by keyboard, on a phone, in the
dark, and without script. CAIS_SCREENSHOTS names a folder for pictures of it.
"""
import http.client
import json
import os
import pathlib
from urllib.parse import urlsplit

import pytest
from browser import Browser

NAMES = "[...document.querySelectorAll('tbody:not(.parent) a')].map(a => a.textContent)"
FILES = {"readme.md": 2_000, "Archive.zip": 900_000, "picture.png": 40_000, "song.mp3": 5_000_000, "movie.mp4": 70_000_000, "table.csv": 10,
         "main.cpp": 3_000, "report 2024.pdf": 250_000, "report 2025.pdf": 260_000, "zero.txt": 0,
         "a-very-long-name-" + "that-goes-on-and-on-" * 8 + "until-it-ends.txt": 7, "<b>bold & \"quoted\"<b>.txt": 1, "日本語.txt": 3, "no-extension": 4}
FOLDERS = ["photos", "Music", "a folder with spaces"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    root = tmp_path_factory.mktemp("site")
    folder = root / "shared" / "things"
    folder.mkdir(parents=True)
    for at, (name, size) in enumerate(FILES.items()):
        with open(folder / name, "wb") as file:
            file.truncate(size)
        os.utime(folder / name, (1_600_000_000 + at * 86_400,) * 2)
    for name in FOLDERS:
        (folder / name).mkdir()
    (folder / "photos" / "inside.txt").write_text("inside")
    crowd = root / "crowd"
    crowd.mkdir()
    for number in range(5_000):
        (crowd / f"file{number:04}.txt").touch()
    (root / "empty").mkdir()
    return root


@pytest.fixture(scope="module")
def base(cais, site):
    with cais.serve(site) as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture
def things(base):
    return f"{base}/shared/things/"


def picture(page, name):
    if folder := os.environ.get("CAIS_SCREENSHOTS"):
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(f"{folder}/{name}.png")


def in_order(names, key):
    return sorted(FOLDERS, key=key) + sorted(names, key=key)


def by_name(name):
    return "".join(letter.lower() if letter.isascii() else letter for letter in name).encode()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360], ids=["desk", "phone"])
def test_it_opens(browser, things, width, dark):
    page = browser.open(things, width=width, height=800, dark=dark)
    shown = [name.rstrip("/") for name in page.evaluate(NAMES)]
    assert shown == in_order(FILES, key=by_name)
    assert page.evaluate("document.querySelector('h1').textContent") == "things"
    assert page.complaints() == []
    picture(page, f"listing-{width}-{'dark' if dark else 'light'}")


def test_names_are_text_and_never_markup(browser, things):
    page = browser.open(things)
    assert page.evaluate("document.querySelectorAll('main b').length") == 0
    assert '<b>bold & "quoted"<b>.txt' in page.evaluate(NAMES)


@pytest.mark.parametrize("name", ["readme.md", '<b>bold & "quoted"<b>.txt', "日本語.txt", "report 2024.pdf"])
def test_links_lead_to_files(browser, things, name):
    page = browser.open(things)
    link = page.evaluate(f"[...document.querySelectorAll('tbody a')].find(a => a.textContent === {json.dumps(name)}).href")
    assert fetched(link) == (200, FILES[name])


def fetched(link):
    """Asked from outside the page, whose policy lets its script ask for nothing."""
    url = urlsplit(link)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
    connection.request("HEAD", url.path)
    response = connection.getresponse()
    connection.close()
    return response.status, int(response.headers["Content-Length"])


# Sorting


def sorts(page, column, folders, files):
    """A click on the column's head: this order, and one of its own for the folders, which come first."""
    page.click(f"th:nth-child({column}) a")
    wanted = [f"{name}/" for name in folders] + files
    page.until(f"JSON.stringify({NAMES}) === JSON.stringify({json.dumps(wanted)})")
    assert page.evaluate("[...document.querySelectorAll('th')].findIndex(th => th.hasAttribute('aria-sort'))") == column - 1


def test_sorting_by_clicking(browser, site, things):
    page = browser.open(things)
    folders = sorted(FOLDERS, key=by_name)
    by_time = sorted(FOLDERS, key=lambda name: (int((site / "shared/things" / name).stat().st_mtime), by_name(name)))
    files = sorted(FILES, key=by_name)
    sorts(page, 1, folders[::-1], files[::-1])
    assert page.evaluate("document.querySelector('th').getAttribute('aria-sort')") == "descending"
    sorts(page, 1, folders, files)
    assert page.evaluate("document.querySelector('th').getAttribute('aria-sort')") == "ascending"
    sorts(page, 2, folders, sorted(files, key=lambda name: -FILES[name]))
    sorts(page, 2, folders, sorted(files, key=lambda name: FILES[name]))
    # Their times are equal to the second, or not: what a folder's place is says its name then.
    sorts(page, 3, sorted(folders, key=lambda name: -int((site / "shared/things" / name).stat().st_mtime)), list(FILES)[::-1])
    sorts(page, 3, by_time, list(FILES))
    assert "sort=time" in page.evaluate("location.search")
    assert page.complaints() == []
    # What one sees is what another sees who gets the address.
    other = browser.open(page.evaluate("location.href"))
    assert other.evaluate(NAMES) == page.evaluate(NAMES)


# Searching


def test_search_as_one_types(browser, things):
    page = browser.open(things)
    page.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.type("rep")
    page.until(f"{NAMES}.length === 2")
    assert page.evaluate(NAMES) == ["report 2024.pdf", "report 2025.pdf"]
    page.type(" 5")
    page.until(f"{NAMES}.length === 1")
    picture(page, "listing-search")
    page.until("location.search.includes('q=rep')")
    page.type("zzz")
    page.until(f"{NAMES}.length === 0 && document.querySelector('p.nothing').textContent.includes('zzz')")
    page.press("Escape")
    page.until(f"{NAMES}.length === {len(FILES) + len(FOLDERS)}")
    assert page.complaints() == []


def test_search_ignores_case_and_takes_any_text(browser, things):
    page = browser.open(things)
    page.press("/")
    for text, wanted in [("ARCH", ["Archive.zip"]), ("日本", ["日本語.txt"]), ("<b>", ['<b>bold & "quoted"<b>.txt']), (".*", []), ("\\", [])]:
        page.evaluate("document.querySelector('input').value = ''")
        page.call("Input.insertText", text=text)
        page.until(f"JSON.stringify({NAMES}) === JSON.stringify({json.dumps(wanted)})")
    assert page.complaints() == []


def test_search_then_enter_opens_the_first(browser, things):
    page = browser.open(things)
    page.press("/")
    page.type("photos")
    page.until(f"{NAMES}.length === 1")
    page.press("Enter")
    page.until("location.pathname.endsWith('/photos/') && document.readyState === 'complete'")
    assert page.evaluate(NAMES) == ["inside.txt"]


# Keyboard


def focused(page):
    return page.evaluate("document.activeElement.textContent")


def test_keyboard(browser, things):
    page = browser.open(things)
    page.press("ArrowDown")
    assert focused(page) == "Parent folder"
    page.press("ArrowDown")
    assert focused(page).rstrip("/") == "a folder with spaces"
    page.press("End")
    assert focused(page) == in_order(FILES, key=by_name)[-1]
    page.press("ArrowUp")
    assert focused(page) == in_order(FILES, key=by_name)[-2]
    page.press("Home")
    assert focused(page) == "Parent folder"
    for _ in range(3):
        page.press("ArrowDown")
    assert focused(page).rstrip("/") == "photos"
    page.press("Enter")
    page.until("location.pathname.endsWith('/photos/') && document.readyState === 'complete'")


def test_focus_can_be_seen(browser, things):
    page = browser.open(things)
    page.press("ArrowDown")
    page.press("ArrowDown")
    assert page.evaluate("""(() => { const s = getComputedStyle(document.activeElement), r = getComputedStyle(document.activeElement.closest('tr'));
        return s.outlineStyle !== 'none' || s.boxShadow !== 'none' || r.outlineStyle !== 'none' || r.boxShadow !== 'none'; })()""")


def test_everything_is_reached_by_tab(browser, base):
    page = browser.open(f"{base}/shared/")
    seen = set()
    for _ in range(12):
        page.press("Tab")
        seen.add(page.evaluate("document.activeElement.tagName + ':' + (document.activeElement.getAttribute('href') ?? document.activeElement.name)"))
    assert {"A:./things/", "A:../", "INPUT:q"} <= seen
    assert any(each.startswith("A:?sort=") for each in seen)


# Crumbs


def test_crumbs_lead_up(browser, things):
    page = browser.open(things)
    assert page.evaluate("[...document.querySelectorAll('.crumb')].map(a => a.textContent)") == ["Home", "shared"]
    page.click("li:nth-child(2) .crumb")
    page.until("location.pathname === '/shared/' && document.readyState === 'complete'")
    page.click(".crumb")
    page.until("location.pathname === '/' && document.readyState === 'complete'")
    assert page.evaluate("document.querySelectorAll('.parent a').length") == 0


# Screens


@pytest.mark.parametrize("width", [320, 360, 414, 768, 1280, 2560])
@pytest.mark.parametrize("path", ["/shared/things/", "/empty/", "/shared/things/photos/"])
def test_no_width_scrolls_sideways(browser, base, width, path):
    page = browser.open(base + path, width=width)
    wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1]


def test_what_a_finger_touches_is_large_enough(browser, things):
    page = browser.open(things, width=360)
    small = page.evaluate("""[...document.querySelectorAll('a, input')].filter(e => e.checkVisibility())
        .map(e => [e.textContent || e.name, (e.closest('tbody tr') ?? e).getBoundingClientRect().height]).filter(([, h]) => h > 0 && h < 43.5)""")
    assert small == []


CONTRAST = """(() => {
    const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const rgb = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
    const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255, 255]; };
    const bad = [];
    for (const e of document.querySelectorAll('h1, a, td, time, th, p, span, input, abbr')) {
        if (!e.checkVisibility() || !e.textContent.trim()) continue;
        const a = light(rgb(getComputedStyle(e).color)), b = light(behind(e));
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) bad.push([e.tagName, e.textContent.slice(0, 20), ratio]);
    }
    return bad; })()"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_can_be_read(browser, things, dark):
    page = browser.open(things, dark=dark)
    assert page.evaluate(CONTRAST) == []
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor + getComputedStyle(document.body).backgroundColor")
    other = browser.open(things, dark=not dark)
    assert background != other.evaluate("getComputedStyle(document.documentElement).backgroundColor + getComputedStyle(document.body).backgroundColor")


def test_reduced_motion(browser, things):
    page = browser.open(things, reduced_motion=True)
    assert page.evaluate("""[...document.querySelectorAll('*')].filter(e => { const s = getComputedStyle(e);
        return parseFloat(s.transitionDuration) > 0.01 || parseFloat(s.animationDuration) > 0.01 || s.scrollBehavior === 'smooth'; }).length""") == 0


# Without script


@pytest.fixture
def plain(browser, things):
    """The page of somebody whose browser runs no script; the tests' own expressions still run."""
    return browser.open(things, script=False)


def test_without_script_it_shows_everything(plain):
    tree = plain.call("DOM.getDocument", depth=-1)["root"]
    text = str(tree)
    for name in [*FOLDERS, "readme.md", "日本語.txt"]:
        assert name in text
    picture(plain, "listing-without-script")


def test_without_script_it_sorts_by_links(browser, things, plain):
    root = plain.call("DOM.getDocument", depth=-1)["root"]["nodeId"]
    link = plain.call("DOM.querySelector", nodeId=root, selector="th:nth-child(2) a")["nodeId"]
    attributes = plain.call("DOM.getAttributes", nodeId=link)["attributes"]
    href = dict(zip(attributes[::2], attributes[1::2]))["href"]
    page = browser.open(things + href)
    files = [name for name in page.evaluate(NAMES) if not name.endswith("/")]
    assert files == sorted(FILES, key=lambda name: (-FILES[name], by_name(name)))


def test_without_script_there_is_no_search_that_does_nothing(plain):
    assert plain.evaluate("getComputedStyle(document.querySelector('form.search')).display") == "none"


# Many, none


def test_five_thousand_are_sorted_and_searched(browser, base):
    page = browser.open(f"{base}/crowd/")
    page.press("/")
    page.type("4999")
    page.until(f"{NAMES}.length === 1")
    page.press("Escape")
    page.click("th:nth-child(1) a")
    page.until(f"{NAMES}.length === 5000")
    names = page.evaluate(NAMES)
    assert names == [f"file{number:04}.txt" for number in range(4999, -1, -1)]
    page.evaluate("document.activeElement.blur()")
    page.press("End")
    assert focused(page) == "file0000.txt"


def test_an_empty_folder_says_so(browser, base):
    page = browser.open(f"{base}/empty/")
    assert "empty" in page.evaluate("document.querySelector('p.nothing').textContent")
    assert page.complaints() == []
    picture(page, "listing-empty")


def test_an_error_page(browser, base):
    page = browser.open(f"{base}/nothing", width=360)
    assert "404" in page.evaluate("document.body.textContent") or "Not Found" in page.evaluate("document.body.textContent")
    wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1]
    picture(page, "error")

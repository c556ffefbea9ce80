// What a listing does by itself: sorts at once, searches as one types, moves by keyboard. The page works without; here it
// only gets quicker. A hundred thousand rows have to stay usable: no row has a listener, rows are moved as they are, the
// first of them at once and the others when there is time.

type By = "name" | "size" | "time";
type Direction = "asc" | "desc";

interface Row {
    element: HTMLTableRowElement;
    folder: boolean;
    name: string;
    searchKey: string;  // the name with all letters small
    size: number;
    time: number;
    place: number;      // in the order of names
}

const rowsAGroup = 128;     // as in listing_html.cpp
const groupsAtOnce = 4;     // more than any screen shows
const sliceMilliseconds = 8;

const table = document.querySelector<HTMLTableElement>("table.members")!;
const heads = [...table.tHead!.rows[0].cells];
const columns: By[] = ["name", "size", "time"];
const form = document.querySelector<HTMLFormElement>("form.search")!;
const input = form.querySelector<HTMLInputElement>("input")!;
const nothing = document.querySelector<HTMLElement>("p.nothing")!;
const totals = document.querySelector<HTMLElement>("p.totals")!;
const totalsText = [...totals.childNodes];

let by: By = columns[Math.max(0, heads.findIndex((head) => head.hasAttribute("aria-sort")))];
let direction: Direction = heads.some((head) => head.getAttribute("aria-sort") === "descending") ? "desc" : "asc";
let all: Row[] | null = null;  // in the order above; made when first needed

function rows(): Row[] {
    if (all) return all;
    all = [];
    for (const body of table.tBodies) {
        if (body.classList.contains("parent")) continue;
        // By siblings: `rows` and `cells` take much longer.
        for (let at = body.firstElementChild; at; at = at.nextElementSibling) {
            const element = at as HTMLTableRowElement;
            const nameCell = element.firstElementChild as HTMLTableCellElement;
            const sizeCell = nameCell.nextElementSibling as HTMLTableCellElement;
            const time = sizeCell.nextElementSibling!.firstElementChild as HTMLTimeElement;
            const folder = element.classList.contains("folder");
            const shown = nameCell.textContent!;
            const name = folder ? shown.slice(0, -1) : shown;
            all.push({
                element, folder, name,
                searchKey: name.toLowerCase(),
                size: folder ? 0 : Number(sizeCell.title.replace(/[^0-9]/g, "")),
                time: Date.parse(time.dateTime),
                place: by === "name" ? (direction === "asc" ? all.length : -all.length) : 0,
            });
        }
    }
    if (by !== "name") placeByName(all);
    return all;
}

// As the server orders names, save that it compares UTF-8 octets and this UTF-16 units.
function placeByName(unplaced: Row[]): void {
    const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    unplaced
        .map((row) => ({ row, key: row.name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) }))
        .sort((a, b) => compare(a.key, b.key) || compare(a.row.name, b.row.name))
        .forEach(({ row }, i) => { row.place = i; });
}

// Puts these rows into the table, in this order. What is not done at once is done by finish().
let pending: Row[] = [];
let frame = 0;

function show(view: Row[]): void {
    cancelAnimationFrame(frame);
    for (const body of [...table.tBodies]) if (!body.classList.contains("parent")) body.remove();
    pending = view;
    append(groupsAtOnce);
    schedule();
}

function schedule(): void {
    if (pending.length === 0) return;
    frame = requestAnimationFrame(() => {
        const until = performance.now() + sliceMilliseconds;
        do append(1);
        while (pending.length > 0 && performance.now() < until);
        schedule();
    });
}

function append(groups: number): void {
    const end = groups * rowsAGroup;
    for (let at = 0; at < Math.min(end, pending.length); at += rowsAGroup) {
        const group = pending.slice(at, Math.min(at + rowsAGroup, end));
        const body = document.createElement("tbody");
        if (group.length < rowsAGroup) body.className = "last";
        body.append(...group.map((row) => row.element));
        table.append(body);
    }
    pending = pending.slice(end);
}

function finish(): void {
    cancelAnimationFrame(frame);
    append(Math.ceil(pending.length / rowsAGroup));
}

// Order.
function sort(): void {
    const turn = direction === "desc" ? -1 : 1;
    const value = (row: Row) => (by === "name" ? row.place : by === "size" ? row.size : row.time);
    rows().sort((a, b) => {
        if (a.folder !== b.folder) return a.folder ? -1 : 1;
        return turn * (value(a) - value(b)) || a.place - b.place;
    });
    heads.forEach((head, i) => {
        const current = columns[i] === by;
        if (current) head.setAttribute("aria-sort", direction === "asc" ? "ascending" : "descending");
        else head.removeAttribute("aria-sort");
        const next = current ? (direction === "asc" ? "desc" : "asc") : columns[i] === "name" ? "asc" : "desc";
        head.querySelector("a")!.href = `?sort=${columns[i]}&order=${next}`;
    });
}

// Search: every word has to be in the name.
function search(): void {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length === 0 ? rows() : rows().filter((row) => words.every((word) => row.searchKey.includes(word)));
    show(found);
    if (words.length === 0) totals.replaceChildren(...totalsText);
    else totals.textContent = `${found.length.toLocaleString("en")} of ${rows().length.toLocaleString("en")} shown`;
    nothing.textContent = rows().length === 0 ? "This folder is empty."
        : found.length === 0 ? `No name here contains “${input.value.trim()}”.` : "";
}

// The address says what is seen, so that it can be kept and sent to somebody.
function remember(): void {
    const query = new URLSearchParams(location.search);
    for (const key of ["sort", "order", "q"]) query.delete(key);
    if (by !== "name" || direction !== "asc") {
        query.set("sort", by);
        query.set("order", direction);
    }
    if (input.value.trim() !== "") query.set("q", input.value.trim());
    const text = query.toString();
    try {
        history.replaceState(null, "", text === "" ? location.pathname : `?${text}`);
    } catch {
        // Some browsers refuse too many in a short time.
    }
}

let remembering = 0;
let drawing = 0;

input.addEventListener("input", () => {
    cancelAnimationFrame(drawing);
    drawing = requestAnimationFrame(search);
    clearTimeout(remembering);
    remembering = setTimeout(remember, 300);
});

form.addEventListener("submit", (event) => {
    event.preventDefault();
    cancelAnimationFrame(drawing);
    search();
    if (input.value.trim() !== "") firstLink(false)?.click();
});

table.tHead!.addEventListener("click", (event) => {
    const head = (event.target as Element).closest("th");
    if (!head || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const wanted = new URL(head.querySelector("a")!.href).searchParams;
    rows();  // as they came, before the order is another
    by = wanted.get("sort") as By;
    direction = wanted.get("order") as Direction;
    sort();
    search();
    remember();
});

// Times in the reader's own zone, when asked for.
table.addEventListener("pointerover", (event) => {
    const time = (event.target as Element).closest("time");
    if (time && !time.title) time.title = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
});

// Keyboard: / searches, Escape leaves the search; arrows, Home and End move between the rows, Enter opens.
function firstLink(parentToo: boolean): HTMLAnchorElement | null {
    return table.querySelector(parentToo ? "td a" : "tbody:not(.parent) td a");
}

function lastLink(): HTMLAnchorElement | null {
    finish();
    const links = table.tBodies[table.tBodies.length - 1].querySelectorAll<HTMLAnchorElement>("td a");
    return links[links.length - 1] ?? firstLink(true);
}

function beside(row: Element, next: boolean): HTMLAnchorElement | null {
    let at: Element | null = next ? row.nextElementSibling : row.previousElementSibling;
    let body: Element | null = row.parentElement;
    while (!at && body) {
        body = next ? body.nextElementSibling : body.previousElementSibling;
        if (body?.tagName !== "TBODY") return null;
        at = next ? body.firstElementChild : body.lastElementChild;
    }
    return at?.querySelector("a") ?? null;
}

function target(key: string, row: Element | null, searching: boolean): HTMLElement | null {
    switch (key) {
        case "ArrowDown": return row ? beside(row, true) : firstLink(!searching);
        case "ArrowUp": return row ? beside(row, false) ?? input : searching ? null : lastLink();
        case "Home": return searching ? null : firstLink(true);
        case "End": return searching ? null : lastLink();
        default: return null;
    }
}

document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const searching = event.target === input;
    if (event.key === "/" && !searching) {
        event.preventDefault();
        input.select();
        input.focus();
    } else if (event.key === "Escape" && (searching || input.value !== "")) {
        event.preventDefault();
        if (input.value === "") input.blur();
        else {
            input.value = "";
            search();
            remember();
        }
    } else if (!event.shiftKey) {
        const row = (event.target as Element).closest("tbody tr");
        if (!row && !searching && event.target !== document.body) return;
        const to = target(event.key, row, searching);
        if (!to) return;
        event.preventDefault();
        to.focus();
    }
});

document.documentElement.classList.add("live");
input.value ||= new URLSearchParams(location.search).get("q") ?? "";
if (input.value.trim() !== "") search();

"""Figures as Markdown: a table a row with medians, then what was wanted and what was reached."""
import operator
import statistics

COMPARISONS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt}
BEST_IS_LOW = {"processor_us", "bytes", "start_ms", "ms_10000", "size"}


def median(figures, key):
    return statistics.median(one[key] for one in figures)


def best_peer(row, results, key):
    """The label of the best peer by its median: neither cais nor the limit."""
    peers = [one.label for one in row.contestants if one.server not in ("cais", "limit") and results.get(one.label)]
    if not peers:
        return None
    choose = min if key in BEST_IS_LOW else max
    return choose(peers, key=lambda label: median(results[label], key))


def compared(row, results, reach):
    """Who cais is compared with, and the figure of each round; none where one of the two was not measured."""
    ours = results.get(reach.ours, [])
    if not reach.against:
        scale = next(column.scale for column in row.columns if column.key == reach.key)
        return "", [one[reach.key] * scale for one in ours]
    against = best_peer(row, results, reach.key) if reach.against == "best" else reach.against
    return against, [a[reach.key] / b[reach.key] for a, b in zip(ours, results.get(against, [])) if b[reach.key]]


def row_table(row, results):
    lines = [f"### {row.title}", "", "| | " + " | ".join(column.title for column in row.columns) + " |",
             "| --- |" + " ---: |" * len(row.columns)]
    for contestant in row.contestants:
        figures = results.get(contestant.label)
        if not figures:
            continue
        cells = [f"{median(figures, column.key) * column.scale:,.{column.digits}f}" for column in row.columns]
        wrong = sum(one.get("errors", 0) for one in figures)
        label = contestant.label + (f" ({wrong} errors)" if wrong else "")
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def reach_table(rows, results):
    lines = ["| work | figure | | ratio, or figure (least–most) | reach | |", "| --- | --- | --- | ---: | --- | --- |"]
    for row in rows:
        for reach in row.reach:
            against, found = compared(row, results[row.name], reach)
            if not found:
                continue
            middle = statistics.median(found)
            verdict = ""
            if reach.bound:
                comparison, bound = reach.bound.split()
                verdict = "yes" if COMPARISONS[comparison](middle, float(bound)) else "**no**"
            title = next((column.title for column in row.columns if column.key == reach.key), reach.key)
            who = f"{reach.ours} to {against}" if against else reach.ours
            lines.append(f"| {row.title} | {title} | {who} | {middle:.2f} ({min(found):.2f}–{max(found):.2f}) | {reach.bound} | {verdict} |")
    return "\n".join(lines) + "\n"

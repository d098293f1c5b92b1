# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes the pictures of the documents as SVG: boxes with arrows, and waveforms. No font is carried along."""

from xml.sax.saxutils import escape

INK, GREY, PALE = "#282828", "#8a8a8a", "#dedede"
BLUE, GREEN, ORANGE, PURPLE = "#d6e6f2", "#d5efe6", "#fbeccb", "#ecdbe6"
SANS = "font-family='sans-serif' font-size='13'"
MONO = "font-family='monospace' font-size='11'"


def sheet(width, height, parts):
    """Returns a white picture of so many units."""
    head = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' height='{height}'>"
    arrow = (
        "<defs><marker id='a' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='7' markerHeight='7' orient='auto'>"
        f"<path d='M0,0 L8,4 L0,8 z' fill='{INK}'/></marker></defs>"
    )
    back = f"<rect width='{width}' height='{height}' fill='white'/>"
    return "\n".join([head, arrow, back, *parts, "</svg>", ""])


def text(x, y, words, style=SANS, anchor="middle", colour=INK, bold=False):
    weight = " font-weight='bold'" if bold else ""
    return f"<text x='{x}' y='{y}' {style}{weight} text-anchor='{anchor}' fill='{colour}'>{escape(words)}</text>"


def box(x, y, width, height, title, lines=(), fill=BLUE, dashed=False):
    """Draws a box with a title in bold and lines below it."""
    dash = " stroke-dasharray='5 4'" if dashed else ""
    parts = [
        f"<rect x='{x}' y='{y}' width='{width}' height='{height}' rx='5' fill='{fill}' stroke='{INK}'{dash}/>"
    ]
    rows = [(title, True), *((line, False) for line in lines)]
    top = y + height / 2 - 8 * (len(rows) - 1) + 4.5
    for i, (words, bold) in enumerate(rows):
        parts.append(text(x + width / 2, top + 16 * i, words, bold=bold))
    return "\n".join(parts)


def frame(x, y, width, height, title):
    """Draws the outline of what holds other boxes, with its title at the top left."""
    rect = f"<rect x='{x}' y='{y}' width='{width}' height='{height}' rx='8' fill='none' stroke='{GREY}'/>"
    return "\n".join([rect, text(x + 10, y + 18, title, anchor="start", bold=True)])


def arrow(points, words="", at=None, anchor="middle", dashed=False):
    """Draws an arrow through points, with words at a place or above its middle."""
    path = " ".join(f"{x},{y}" for x, y in points)
    dash = " stroke-dasharray='4 3'" if dashed else ""
    parts = [f"<polyline points='{path}' fill='none' stroke='{INK}'{dash} marker-end='url(#a)'/>"]
    if words:
        (x0, y0), (x1, y1) = points[0], points[-1]
        x, y = at or ((x0 + x1) / 2, (y0 + y1) / 2 - 6)
        for i, line in enumerate(words.split("\n")):
            parts.append(text(x, y + 15 * i, line, style=SANS.replace("13", "12"), anchor=anchor))
    return "\n".join(parts)


def waves(ports, told):
    """Draws ports against cycles.

    `ports` are (name, whether it is one bit, a cell for each column); a cell is None where a word means
    nothing. A column whose number is a text says how many cycles are left out there. `told` are the
    commands that made the picture.
    """
    (_, _, numbers), *ports = ports
    left, row, top = 8 + 7 * max(len(name) for name, _, _ in ports), 30, 26 + 16 * len(told)
    widths = []
    for i, number in enumerate(numbers):
        longest = max((len(c[i]) for _, bit, c in ports if not bit and c[i]), default=1)
        widths.append(54 if isinstance(number, str) else max(20, 10 + round(6.7 * longest)))
    edges = [left + 8]
    for width in widths:
        edges.append(edges[-1] + width)
    height = top + row * len(ports) + 8
    parts = [text(8, 16 + 16 * i, words, style=MONO, anchor="start", colour=GREY) for i, words in enumerate(told)]
    for i, number in enumerate(numbers):
        middle = (edges[i] + edges[i + 1]) / 2
        if isinstance(number, str):
            parts.append(f"<rect x='{edges[i]}' y='{top - 6}' width='{widths[i]}' height='{height - top}' fill='#f6f6f6'/>")
            parts.append(text(middle, top - 8, number, style=MONO, colour=GREY))
            continue
        parts.append(f"<line x1='{edges[i]}' y1='{top - 2}' x2='{edges[i]}' y2='{height - 6}' stroke='{PALE}'/>")
        parts.append(text(middle, top - 8, str(number), style=MONO, colour=GREY))
    for n, (name, bit, cells) in enumerate(ports):
        high, low = top + row * n + 4, top + row * n + 22
        parts.append(text(left, low - 4, name, style=MONO, anchor="end"))
        parts += (levels if bit else words_of)(cells, numbers, edges, high, low)
    return sheet(edges[-1] + 8, height, parts)


def levels(cells, numbers, edges, high, low):
    """Draws a port of one bit; grey where it means nothing."""
    parts, line = [], []
    for i, cell in enumerate(cells):
        a, b = edges[i], edges[i + 1]
        if isinstance(numbers[i], str) or cell is None:
            if line:
                parts.append(f"<polyline points='{' '.join(line)}' fill='none' stroke='{INK}' stroke-width='1.5'/>")
            line = []
            middle = (high + low) / 2
            if cell is None and not isinstance(numbers[i], str):
                parts.append(f"<line x1='{a}' y1='{middle}' x2='{b}' y2='{middle}' stroke='{PALE}' stroke-width='1.5'/>")
            continue
        y = high if cell == "1" else low
        line += [f"{a},{y}", f"{b},{y}"]
    if line:
        parts.append(f"<polyline points='{' '.join(line)}' fill='none' stroke='{INK}' stroke-width='1.5'/>")
    return parts


def words_of(cells, numbers, edges, high, low):
    """Draws a port of several bits: a cell with its value in each cycle in which it means something."""
    parts = []
    for i, cell in enumerate(cells):
        a, b, middle = edges[i], edges[i + 1], (high + low) / 2
        if isinstance(numbers[i], str):
            continue
        if cell is None:
            parts.append(f"<line x1='{a}' y1='{middle}' x2='{b}' y2='{middle}' stroke='{PALE}' stroke-width='1.5'/>")
            continue
        shape = f"{a},{middle} {a + 3},{high} {b - 3},{high} {b},{middle} {b - 3},{low} {a + 3},{low}"
        parts.append(f"<polygon points='{shape}' fill='{BLUE}' stroke='{INK}'/>")
        parts.append(text((a + b) / 2, low - 5, cell, style=MONO))
    return parts

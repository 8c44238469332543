"""Charts as SVG, readable on light and on dark pages."""

from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _ROW, _LABELS, _TITLE, _LEGEND = 760, 26, 220, 34, 260
_COLOURS = ("#2f7ed8", "#d8572f", "#3a9d5d", "#8a5fbf", "#b58900", "#5c6773")
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.faint { fill: #57606a }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .faint { fill: #9198a1 } }
"""


def bars(panels: Mapping[str, Mapping[str, float]], highlighted: Sequence[str]) -> str:
    """One panel of horizontal bars for each title, each on its own scale."""
    drawn, top = [], 0
    for title, values in panels.items():
        drawn.append(_text(0, top + 20, title, "title"))
        top += _TITLE
        most = max(values.values())
        for name, value in values.items():
            length = (_WIDTH - _LABELS - 80) * value / most
            colour = _COLOURS[0] if name in highlighted else _COLOURS[-1]
            drawn.append(_text(_LABELS - 8, top + 16, name, anchor="end"))
            drawn.append(_rectangle(_LABELS, top + 4, max(length, 1), 16, colour))
            drawn.append(_text(_LABELS + length + 6, top + 16, f"{value:,.0f}", "faint"))
            top += _ROW
        top += 12
    return _svg(drawn, top)


def lines(title: str, sizes: Sequence[int], values: Mapping[str, Sequence[float]]) -> str:
    """One line for each name over the sizes, in hundredths of the first value."""
    left, right, top, bottom = 60, _WIDTH - _LEGEND, 40, 320
    most = max(1.2, *(value / row[0] for row in values.values() for value in row))
    across = [left + (right - left) * at / (len(sizes) - 1) for at in range(len(sizes))]

    def height(share: float) -> float:
        return bottom - (bottom - top) * share / most

    drawn = [_text(0, 20, title, "title")]
    for share in (0, 0.25, 0.5, 0.75, 1):
        drawn.append(_line([(left, height(share)), (right, height(share))], "#8b949e55", 1))
        drawn.append(_text(left - 8, height(share) + 4, f"{share:.0%}", "faint", "end"))
    for x, size in zip(across, sizes, strict=True):
        drawn.append(_text(x, bottom + 22, f"{size:,}", "faint", "middle"))
    for at, (name, row) in enumerate(values.items()):
        colour, y = _COLOURS[at % len(_COLOURS)], top + at * 22
        points = [(x, height(value / row[0])) for x, value in zip(across, row, strict=True)]
        drawn.append(_line(points, colour, 2))
        drawn.append(_rectangle(right + 24, y, 12, 12, colour))
        drawn.append(_text(right + 42, y + 11, name))
    return _svg(drawn, bottom + 40)


def _text(x: float, y: float, text: str, kind: str = "plain", anchor: str = "start") -> str:
    at = f'x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}"'
    return f"<text {at}>{escape(text)}</text>"


def _rectangle(x: float, y: float, width: float, height: float, colour: str) -> str:
    size = f'width="{width:.1f}" height="{height}"'
    return f'<rect x="{x}" y="{y}" {size} rx="2" fill="{colour}"/>'


def _line(points: Sequence[tuple[float, float]], colour: str, width: int) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _svg(drawn: Sequence[str], height: float) -> str:
    size = f'viewBox="-4 0 {_WIDTH + 8} {height:.0f}" width="{_WIDTH + 8}" height="{height:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    return "\n".join((head, f"<style>{_STYLE}</style>", *drawn, "</svg>\n"))

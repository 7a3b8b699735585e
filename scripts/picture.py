#!/usr/bin/env python3
"""Draws a terminal's text as SVG: picture.py TITLE < text > picture.svg. For the README; light and dark."""
import html
import re
import sys

title = sys.argv[1]
lines = sys.stdin.read().rstrip("\n").split("\n")
width = max(len(line) for line in lines) + 4
char, row = 8.4, 19
w, h = int(width * char) + 24, len(lines) * row + 64
out = [
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" role="img" aria-label="{html.escape(title)}">',
    "<style>.bg{fill:#fbfcfd;stroke:#d5dbe1}.t{font:14px ui-monospace,Menlo,Consolas,monospace;fill:#1c2733;white-space:pre}"
    ".d{fill:#66727e}.g{fill:#0b7a4b}.r{fill:#b3261e}.b{font-weight:700}"
    "@media(prefers-color-scheme:dark){.bg{fill:#11171d;stroke:#2a343e}.t{fill:#e3e9ef}.d{fill:#93a0ad}.g{fill:#4cc38a}.r{fill:#ff8a80}}</style>",
    f'<rect class="bg" x=".5" y=".5" width="{w - 1}" height="{h - 1}" rx="10"/>',
    '<circle cx="22" cy="20" r="6" fill="#ff5f57"/><circle cx="42" cy="20" r="6" fill="#febc2e"/><circle cx="62" cy="20" r="6" fill="#28c840"/>',
]
for number, line in enumerate(lines):
    kind = "t"
    if line.startswith("$ ") or re.match(r"^[A-Z][a-z]+ .*[a-z]$", line):
        kind = "t b"
    elif line.startswith("      ") or line.startswith("  server") or line.startswith("  entry"):
        kind = "t d"
    text = html.escape(line)
    text = text.replace("✓", '<tspan class="g">✓</tspan>').replace("✗", '<tspan class="r">✗</tspan>')
    text = re.sub(r"(refused by \w+)", r'<tspan class="r">\1</tspan>', text)
    text = re.sub(r"(passed \w+)", r'<tspan class="g">\1</tspan>', text)
    if line.startswith("every good step"):
        kind = "t g b"
    out.append(f'<text class="{kind}" x="18" y="{52 + number * row}" xml:space="preserve">{text}</text>')
out.append("</svg>")
print("\n".join(out))

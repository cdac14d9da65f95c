#!/usr/bin/env python3
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws docs/anchor.svg: what is behind a vSMMU, and on what its command queues depend.

Prints it.  After a change: docs/draw-anchor.py >docs/anchor.svg
"""
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 820, 500
GREY, BLUE, ORANGE = ("#f4f4f4", "#777777"), ("#e3eefa", "#2f6fb0"), ("#ffe3c2", "#c76a00")

shapes = []


def box(x, y, width, height, colours, *lines):
    fill, edge = colours
    shapes.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{fill}" stroke="{edge}" stroke-width="1.5"/>')
    top = y + height / 2 - 8 * (len(lines) - 1) + 5
    for number, line in enumerate(lines):
        weight = ' font-weight="bold"' if number == 0 else ""
        shapes.append(f'<text x="{x + width / 2:g}" y="{top + 17 * number:g}" text-anchor="middle"{weight}>{escape(line)}</text>')


def frame(y, height, title):
    shapes.append(f'<rect x="10" y="{y}" width="{WIDTH - 20}" height="{height}" rx="8" fill="white" stroke="#aaaaaa"/>')
    shapes.append(f'<text x="24" y="{y + 22}" fill="#555555">{escape(title)}</text>')


def line(points, colour="#777777", width=1.5, dashed=False, arrow=False):
    path = " ".join(f"{x},{y}" for x, y in points)
    more = (' stroke-dasharray="6 4"' if dashed else "") + (' marker-end="url(#arrow)"' if arrow else "")
    shapes.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{more}/>')


def note(x, y, text, colour):
    shapes.append(f'<text x="{x}" y="{y}" fill="{colour}">{escape(text)}</text>')


frame(10, 300, "Guest: one domain of libvirt")
line([(220, 88), (290, 88)])                                        # vSMMU to expander
line([(395, 115), (395, 135), (310, 135), (310, 150)])              # expander to its ports
line([(395, 115), (395, 135), (610, 135), (610, 150)])
line([(310, 205), (310, 225)])
line([(610, 205), (610, 225)])
line([(120, 115), (120, 252), (225, 252)], ORANGE[1], 2.5, True, True)      # queues to anchor
box(30, 60, 190, 55, BLUE, "vSMMU iommu0", "command queues (CMDQV)")
box(290, 60, 210, 55, GREY, "expander pci.1", "pcie-expander-bus")
box(225, 150, 170, 55, GREY, "root port pci.2", "<target hotplug='off'/>")
box(525, 150, 170, 55, GREY, "root port pci.3", "hot-plug works")
box(225, 225, 170, 55, ORANGE, "GPU: the anchor", "hostdev0, iommufd")
box(525, 225, 170, 55, GREY, "network function", "hostdev1, iommufd")
frame(330, 160, "Host")
line([(310, 280), (310, 365)])
line([(610, 280), (610, 365)])
line([(225, 392), (130, 392), (130, 430)], ORANGE[1], 2.5, True, True)      # anchor to CMDQV
line([(610, 420), (610, 450), (400, 450)])
line([(310, 420), (310, 440)])
box(225, 365, 170, 55, ORANGE, "GPU", "0009:01:00.0")
box(525, 365, 170, 55, GREY, "network function", "0009:02:00.0")
box(30, 430, 370, 45, BLUE, "SMMU of the host, with CMDQV")
note(320, 350, "vfio-pci", "#555555")
note(620, 350, "vfio-pci", "#555555")
note(30, 280, "The queues depend on the", ORANGE[1])
note(30, 297, "first device behind the vSMMU", ORANGE[1])

print(f'''<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"
     font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="13" fill="#222222">
<title>The devices behind a vSMMU, and the anchor on which its command queues depend</title>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0,0 L8,4 L0,8 z" fill="{ORANGE[1]}"/></marker></defs>
<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>''')
print("\n".join(shapes))
print("</svg>")

# SPDX-License-Identifier: MIT OR Apache-2.0
# Draws a layout: python3 layout.py IN.gds OUT.png. Needs the Python package klayout, no display.
import sys

import klayout.db as db
import klayout.lay as lay

gds, png = sys.argv[1:]
# Numbers of SCMOS, the upper layers last; the lowest metal is mostly inside the cells.
METALS = {49: 0xBBBBBB, 51: 0x0072B2, 62: 0xE69F00, 31: 0x009E73, 33: 0xD55E00, 37: 0xAA5087}
WIDTH = 900

layout = db.Layout()
layout.read(gds)
box = layout.top_cell().dbbox()
view = lay.LayoutView()
for name, value in (
    ("background-color", "#ffffff"),
    ("grid-visible", "false"),
    ("text-visible", "false"),
    ("cell-box-visible", "false"),
):
    view.set_config(name, value)
view.show_layout(layout, False)
view.clear_layers()
for number, colour in METALS.items():
    layer = lay.LayerProperties()
    layer.source_layer, layer.source_datatype = number, 0
    layer.fill_color = layer.frame_color = colour
    layer.dither_pattern = 0
    view.insert_layer(view.end_layers(), layer)
view.max_hier()
view.zoom_box(box.enlarged(box.width() * 0.01, box.width() * 0.01))
view.save_image(png, WIDTH, round(WIDTH * box.height() / box.width()))

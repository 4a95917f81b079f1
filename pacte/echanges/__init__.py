"""Rows taken out for a spreadsheet and brought back: officers' workbooks, rehearsal, way back.

It may import the layers.
"""

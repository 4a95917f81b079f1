"""What is printed: a text made of blocks, written as a tagged PDF, as an ODT, or on a page.

See docs/decisions/0020-printing.md.
"""

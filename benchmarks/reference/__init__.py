"""Gradients written by hand, frozen: what a good engineer writes in NumPy for the same formula.

Each module holds its versions in `VERSIONS`, the one that the bar refers to first, and a note on how they compare. They
change only when a faster one is found; then the old one stays as another version, and the note says so.
"""

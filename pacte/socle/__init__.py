"""What every layer stands on: publication, journal, search, typing and printing French.

It may import nothing of ours.
"""

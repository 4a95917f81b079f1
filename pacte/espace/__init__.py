"""The partner space: what is expected, what was proposed, reminders.

It may import the layers, `comite`, `portail`.
"""

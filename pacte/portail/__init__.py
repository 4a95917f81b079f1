"""The portal about itself: legal pages, contact, accessibility, retention, errors.

It may import the layers, `echanges`.
"""

"""`make bench`: what pages cost, side by side in one run, at several sizes, on both databases."""

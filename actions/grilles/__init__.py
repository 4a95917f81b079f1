"""The year's grids: many rows typed on one page, saved together, nothing of anybody lost."""

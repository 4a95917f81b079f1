"""Named by the first migrations of this application."""

from pacte.socle.documents import DocumentPdf

__all__ = ["DocumentPdf"]

"""PDF made by hand: a whole one, and those that a deposit must refuse."""

PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>"


def ecrire_pdf(*autres: bytes, catalogue: bytes = b"", pages: bytes = PAGES) -> bytes:
    """Return a PDF of one empty page; `autres` are its objects from the fourth on."""
    objets = [b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalogue, pages, PAGE, *autres]
    corps, places = b"%PDF-1.7\n", []
    for rang, objet in enumerate(objets, start=1):
        places.append(len(corps))
        corps += b"%d 0 obj\n%s\nendobj\n" % (rang, objet)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        corps
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objets) + 1, table)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objets) + 1, len(corps))
    )


PDF = ecrire_pdf()

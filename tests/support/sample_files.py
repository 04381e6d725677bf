"""Files of every kind, made in the test: good ones, and ones that mean harm."""

import io
import zipfile
import zlib
from email.message import EmailMessage


def pdf(*pages: str) -> bytes:
    """A PDF with one line of text a page, written by hand."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    kids = []
    for text in pages:
        stream = f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET"
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {len(objects) + 2} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    return out + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode()


def locked_pdf() -> bytes:
    """A PDF that needs a password."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("secret"))))
    writer.encrypt("password", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def swollen_pdf(size: int) -> bytes:
    """A PDF that is small and whose one page unpacks to ``size`` bytes."""
    packed = zlib.compress(b"(x) Tj " * (size // 7))
    plain = pdf("PLACE")
    head, tail = plain.split(b"4 0 obj")[0], b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n0\n%%EOF"
    page = plain[plain.index(b"4 0 obj") : plain.index(b"5 0 obj")]
    stream = b"5 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream\nendobj\n" % (len(packed), packed)
    return head + page + stream + tail


def docx() -> bytes:
    """A Word file with two headings and a table."""
    from docx import Document

    document = Document()
    document.add_heading("Supply agreement", 0)
    document.add_heading("Payment", 1)
    document.add_paragraph("Invoices are due after 45 days.")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "late fee", "2 percent"
    document.add_heading("Courts", 1)
    document.add_paragraph("Disputes are heard in Vienna.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def bomb(size: int, name: str = "word/document.xml") -> bytes:
    """A Word file that is small and unpacks to ``size`` bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, b"\0" * size)
    return out.getvalue()


def word_xml(body: str) -> bytes:
    """A Word file with this XML as its body."""
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    whole = f'<w:document xmlns:w="{main}"><w:body>{body}</w:body></w:document>'
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx())) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in good.namelist():
            packed.writestr(name, whole if name == "word/document.xml" else good.read(name))
    return out.getvalue()


def word_cell(text: str, more: str = "") -> str:
    """One cell of a Word table."""
    return f"<w:tc><w:tcPr>{more}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"


def mail(body: str, html: str = "", attachment: bytes = b"") -> bytes:
    """An e-mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Lee <lee@brandt.example>", "us@hb.example", "New terms"
    message["Date"] = "Mon, 02 Mar 2026 09:00:00 +0000"
    message.set_content(body)
    if html:
        message.add_alternative(html, subtype="html")
    if attachment:
        message.add_attachment(attachment, maintype="application", subtype="pdf", filename="terms.pdf")
    return message.as_bytes()

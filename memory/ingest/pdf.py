"""This module reads PDF files: the text of each page, and where it begins."""

import io
import logging

from .extraction import FileText, ReadDeadline, ReadLimits, UnreadableFile

PAGE_BYTES = 10_000_000  # of what one page draws; text of one page takes some thousand


def read_pdf(data: bytes, limits: ReadLimits) -> FileText:
    """The text of a PDF.

    Raises:
        UnreadableFile: it is damaged, encrypted, has too many pages, or no text (a scan).
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # a damaged file is reported once, by us
    deadline = ReadDeadline(limits)
    texts, pages, length = [], [], 0

    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableFile("is encrypted; save it without a password first")
        if len(reader.pages) > limits.pages:
            raise UnreadableFile(f"has {len(reader.pages):,} pages, at most {limits.pages:,} are read")
        for page in reader.pages:
            drawn = page.get_contents()
            if drawn is not None and len(drawn.get_data()) > PAGE_BYTES:
                raise UnreadableFile(f"has a page that unpacks to more than {PAGE_BYTES / 1e6:.0f} MB")
            text = page.extract_text(visitor_operand_before=deadline.check).strip()
            pages.append(length)
            texts.append(text)
            length += len(text) + 2
            if length > limits.characters:
                raise UnreadableFile(f"has more than {limits.characters:,} characters")
            deadline.check()
        title = str((reader.metadata.title if reader.metadata else "") or "")
    except UnreadableFile:
        raise
    except DependencyError as error:
        raise UnreadableFile("is encrypted; save it without a password first") from error
    except (PyPdfError, RecursionError, MemoryError, OSError) as error:
        raise UnreadableFile("is damaged") from error
    except Exception as error:
        raise UnreadableFile(f"is damaged ({type(error).__name__})") from error
    if not any(texts):
        raise UnreadableFile("holds no text; a scan has to be read by a text recognition first")
    return FileText("\n\n".join(texts), title, None, tuple(pages))

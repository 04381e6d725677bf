"""This module reads e-mail files (.eml): who wrote to whom and when, what it says, and what hangs on it."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from .extraction import FileText, TextBuilder, UnreadableFile
from .html import extract_html

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
MAX_MAIL_PARTS = 1000


def read_email(data: bytes) -> FileText:
    """The text of an e-mail: its headers, its body, and a list of its attachments, which are not opened.

    Raises:
        UnreadableFile: it is no e-mail, or has too many parts.
    """
    try:
        message = message_from_bytes(data, policy=policy.default)
        headers = [(name, str(message[name] or "").strip()) for name in _HEADERS]
        if not any(value for name, value in headers if name in ("From", "Date", "Subject")):
            raise UnreadableFile("is no e-mail: it has neither sender, date nor subject")
        parts = list(message.walk())
        if len(parts) > MAX_MAIL_PARTS:
            raise UnreadableFile(f"has more than {MAX_MAIL_PARTS:,} parts")
        writing = TextBuilder()
        writing.add("\n".join(f"{name}: {value}" for name, value in headers if value))
        body = message.get_body(preferencelist=("plain", "html"))
        if body is not None:
            content = str(body.get_content())
            writing.add(extract_html(content).text if body.get_content_subtype() == "html" else content)
        attachments = tuple(_describe_part(part) for part in message.iter_attachments())
    except UnreadableFile:
        raise
    except Exception as error:
        raise UnreadableFile(f"is damaged ({type(error).__name__})") from error
    if attachments:
        writing.add("Attachments (not read):\n" + "\n".join(f"- {line}" for line in attachments))
    return writing.finish(dict(headers)["Subject"][:200], attachments)


def _describe_part(part: EmailMessage) -> str:
    name = " ".join(str(part.get_filename() or "without a name").split())[:200]
    return f"{name} ({part.get_content_type()})"

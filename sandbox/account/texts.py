"""Titles, rich text and attachments, with characters and markup that a careless reader gets wrong."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

# Records carry Basecamp's real addresses: a connector never needs to follow them.
API = "https://3.basecampapi.com"
APP = "https://3.basecamp.com"

TITLES = (
    "Draft the launch announcement",
    "Book the venue 🏕️ for the off-site",
    "مراجعة الميزانية السنوية",
    "Cafe\u0301 menu: combining marks, not the composed letter",
    'Quote "this", keep \\backslashes\\ and a comma, too',
    "Line one\nline two",
    "Paragraph\u2028separator and a tab\there",
    "<b>Lone HTML & entities</b> <script>",
    "Zero-width joiner: 👩‍👩‍👧‍👦 family photo",
    "  spaces around  ",
    "日本語のタイトル",
    "NULL",
    "00123",
    "=SUM(A1:A9)",
    "Fix the checkout bug",
    "x" * 255,
)

PARAGRAPHS = (
    "",
    "<div>Short and plain.</div>",
    "<div>Hello <strong>world</strong> &amp; friends — “curly quotes”, ¼ cup.<br>Second line.</div>",
    '<div>See <a href="https://example.com/?a=1&amp;b=2">the brief</a>.</div><ul><li>One</li></ul>',
    "<div>שלום עולם, \u202bright to left\u202c and back. e\u0301 n\u0303</div>",
    "<div>unclosed <em>tag\r\n\twith control whitespace\u2028and separators\u2029</div>",
)

_FILES = (
    ("site-plan.png", "image/png", 81_234, 1024.0, 768.0, "Site plan"),
    ("Q3 – Überblick.pdf", "application/pdf", 2_203_441, None, None, None),
    ("エクスポート.csv", "text/csv", 312, None, None, None),
)


def title(n: int) -> str:
    """A title; after sixteen the same ones come again, with a number."""
    text = TITLES[n % len(TITLES)]
    return text if n < len(TITLES) else f"{text} #{n}"


def paragraph(n: int) -> str:
    """Rich text, sometimes empty."""
    return PARAGRAPHS[n % len(PARAGRAPHS)]


def sgid(model: str, id: int) -> str:
    """What looks like a signed global id."""
    return urlsafe_b64encode(f"gid://bc3/{model}/{id}?expires_in".encode()).decode()


def attachments(owner_id: int, account_id: int, n: int) -> list[dict[str, Any]]:
    """The rich-text attachments of a record: none on most, one or two on some."""
    return [_attachment(owner_id % 1_000_000_007 * 10 + k, account_id, n + k) for k in range((0, 0, 1, 0, 2)[n % 5])]


def _attachment(id: int, account_id: int, n: int) -> dict[str, Any]:
    filename, content_type, size, width, height, caption = _FILES[n % len(_FILES)]
    key = f"{id * 2_654_435_761 % 2**61:016x}"
    blob = f"{API}/{account_id}/blobs/{key}"
    image = width is not None
    return {
        "id": id,
        "attachable_sgid": sgid("Attachment", id),
        "sgid": sgid("Attachment", id),
        "status_url": f"{API}/{account_id}/attachments/{id}/status.json",
        "caption": caption,
        "byte_size": size,
        "content_type": content_type,
        "width": width,
        "height": height,
        "key": key,
        "filename": filename,
        "download_url": f"{blob}/download/{id}",
        "previewable": image,
        "preview_url": f"{blob}/previews/full",
        "thumbnail_url": f"{blob}/previews/card",
    }

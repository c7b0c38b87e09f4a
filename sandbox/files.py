"""What hangs in vaults, and the links to elsewhere that hang in the dock."""

from __future__ import annotations

from sandbox.recordings import Cast, Record, Recording
from sandbox.texts import API, attachments, paragraph

_NAMES = ("contract.pdf", "Entwurf – Größe.png", "エクスポート.csv", "no extension", "weird\u2028name.txt")
_TYPES = ("application/pdf", "image/png", "text/csv", "application/octet-stream", "text/plain")
_SERVICES = (
    {"code": "figma", "name": "Figma", "example_url": "https://www.figma.com/file/…", "valid_patterns": ["figma.com"]},
    {"code": "custom", "name": "Custom…", "supporting_text": "Link to anything", "valid_patterns": []},
)


def filename(n: int) -> str:
    """The name of the n-th upload, which is its title too."""
    return _NAMES[n % len(_NAMES)]


def build_document(recording: Recording, cast: Cast) -> Record:
    """A text; one without any now and then."""
    n = recording.serial
    return {
        "position": n % 9 + 1,
        "content": paragraph(n),
        "content_attachments": attachments(recording.id, cast.account_id, n + 2),
    }


def build_upload(recording: Recording, cast: Cast) -> Record:
    """A file; only pictures have a width and a height."""
    n, id = recording.serial, recording.id
    base = f"{API}/{cast.account_id}/buckets/{recording.project.id}/uploads/{id}/download"
    own: Record = {
        "position": n % 9 + 1,
        "description": paragraph(n + 1),
        "description_attachments": attachments(id, cast.account_id, n),
        "content_type": _TYPES[n % len(_TYPES)],
        "byte_size": n * n * 1_013 if n % 7 else 5_368_709_120,
        "filename": filename(n),
        "download_url": f"{base}/{id}.bin",
        "app_download_url": f"{base}/app/{id}.bin",
    }
    if own["content_type"].startswith("image"):
        own |= {"width": 1920 + n, "height": 1080.5 if n % 2 else 1080}
    return own


def build_vault(recording: Recording, cast: Cast) -> Record:
    """A folder."""
    n = recording.serial
    base = f"{API}/{cast.account_id}/buckets/{recording.project.id}/vaults/{recording.id}"
    return {
        "position": n % 5 + 1,
        "documents_count": n % 4,
        "documents_url": f"{base}/documents.json",
        "uploads_count": n % 3,
        "uploads_url": f"{base}/uploads.json",
        "vaults_count": n % 2,
        "vaults_url": f"{base}/vaults.json",
    }


def build_door(recording: Recording, cast: Cast) -> Record:
    """A link to another service: its `url` leads out of Basecamp, and it hangs under nothing."""
    n = recording.serial
    recordings = f"{API}/{cast.account_id}/recordings"
    own: Record = {
        "url": f"https://www.figma.com/file/{recording.id}?node-id={n}&x=é",
        "position": n + 8,
        "service": _SERVICES[n % len(_SERVICES)],
        "subtasks_count": 0,
        "subtasks_completed_count": 0,
        "subtasks_url": f"{recordings}/{recording.id}/subtasks.json",
    }
    if n % 3:
        own["description"] = paragraph(n)
    return own

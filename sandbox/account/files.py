"""Documents, uploads, and the vaults they are in."""

from __future__ import annotations

from sandbox.account.recordings import BOOSTS, COMMENTS, SUBSCRIPTION, Context, Kind, Recording
from sandbox.account.records import Record
from sandbox.account.texts import API, attachments, paragraph

_NAMES = ("contract.pdf", "Entwurf – Größe.png", "エクスポート.csv", "no extension", "weird\u2028name.txt")
_TYPES = ("application/pdf", "image/png", "text/csv", "application/octet-stream", "text/plain")


def filename(n: int) -> str:
    """The name of the n-th upload, which is its title too."""
    return _NAMES[n % len(_NAMES)]


def build_document(recording: Recording, context: Context) -> Record:
    """A text, sometimes empty."""
    n = recording.serial
    return {
        "position": n % 9 + 1,
        "content": paragraph(n),
        "content_attachments": attachments(recording.id, context.account_id, n + 2),
    }


def build_upload(recording: Recording, context: Context) -> Record:
    """A file; only images have a width and a height."""
    n, id = recording.serial, recording.id
    base = f"{API}/{context.account_id}/buckets/{recording.project.id}/uploads/{id}/download"
    own: Record = {
        "position": n % 9 + 1,
        "description": paragraph(n + 1),
        "description_attachments": attachments(id, context.account_id, n),
        "content_type": _TYPES[n % len(_TYPES)],
        "byte_size": n * n * 1_013 if n % 7 else 5_368_709_120,
        "filename": filename(n),
        "download_url": f"{base}/{id}.bin",
        "app_download_url": f"{base}/app/{id}.bin",
    }
    if own["content_type"].startswith("image"):
        own |= {"width": 1920 + n, "height": 1080.5 if n % 2 else 1080}
    return own


def build_vault(recording: Recording, context: Context) -> Record:
    """A vault, which people call a folder."""
    n = recording.serial
    base = f"{API}/{context.account_id}/buckets/{recording.project.id}/vaults/{recording.id}"
    return {
        "position": n % 5 + 1,
        "documents_count": n % 4,
        "documents_url": f"{base}/documents.json",
        "uploads_count": n % 3,
        "uploads_url": f"{base}/uploads.json",
        "vaults_count": n % 2,
        "vaults_url": f"{base}/vaults.json",
    }


DOCUMENT = Kind("Document", "documents", "documents", ("Vault", "Folder"), build_document)
UPLOAD = Kind("Upload", "uploads", "uploads", ("Vault", "Folder"), build_upload, "filename", name=filename)
VAULT = Kind(
    "Vault",
    "vaults",
    "vaults",
    ("Vault", "Vault", "Folder"),
    build_vault,
    without=(*SUBSCRIPTION, *COMMENTS, *BOOSTS),
)

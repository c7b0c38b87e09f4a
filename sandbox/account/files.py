"""Documents, uploads, and the vaults they are in."""

from __future__ import annotations

from sandbox.account.listings import ChildList, is_forbidden, recordings_of
from sandbox.account.recordings import BOOSTS, COMMENTS, SUBSCRIPTION, Context, Kind, Recording
from sandbox.account.records import Project, Record
from sandbox.account.store import AccountStore
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


def versions(recording: Recording, context: Context) -> list[Record]:
    """The files that an upload has had, newest first. One that has not changed since it was made has had one."""
    n, id = recording.serial, recording.id
    replaced = n % 3 if is_changed(recording) else 0
    base = f"{API}/{context.account_id}/buckets/{recording.project.id}/uploads/{id}/versions"
    return [
        {
            "id": 7_000_000_000_000 + id % 1_000_000_007 * 8 + k,
            "recording_id": id,
            "action": "content_changed" if k else "created",
            "details": {},
            "created_at": recording.settled_at if k else recording.created_at,
            "creator": context.person(n + k),
            "upload": {
                "filename": filename(n),
                "content_type": _TYPES[n % len(_TYPES)],
                "byte_size": n * 1_013 + k,
                "current": k == replaced,
                "download_url": f"{base}/{k}/download",
                "app_download_url": f"{base}/{k}/download/app",
            },
        }
        for k in reversed(range(replaced + 1))
    ]


def is_changed(recording: Recording) -> bool:
    """Whether an upload changed after the second in which it was made: only then can it have another file."""
    return recording.created_at[:19] != recording.updated_at[:19]


def _versions(store: AccountStore, project: Project, id: int) -> list[Record]:
    recording = store.feeds.find(id)
    return versions(recording, store.context) if recording else []


def every_version(store: AccountStore) -> list[Record]:
    """The versions of uploads that may have more than one, with the key that a sync adds. The trash is left out."""
    return [
        version | {"project_id": upload.project.id}
        for status in ("active", "archived")
        for upload in store.feeds.everything(UPLOAD.type, status)
        if is_changed(upload) and not is_forbidden(store, upload.project, upload.id)
        for version in versions(upload, store.context)
    ]


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

LISTS = (ChildList(None, "/uploads/{id:int}/versions", recordings_of("Upload"), _versions, form="list"),)

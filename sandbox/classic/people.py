"""The account, its companies and its people."""

from __future__ import annotations

from sandbox.account.records import Record
from sandbox.classic.store import ClassicStore
from sandbox.classic.times import moment

_NAMES = (
    ("Victor", "Cooper"),
    ("Zoë", "O’Neill-Šimková"),
    ("محمد", "الأحمد"),
    ("Annie", ""),
    ("Jose\u0301", "Álvarez & Söhne"),
    ("李", "小龍"),
    ("<Steve>", 'Marsh "Mac" O\'Hara'),
    ("🐝", "Beatrix"),
)
_COMPANIES = ("Honcho Design", "Enormicom & Söhne", "AT&T <test>", "日本テスト株式会社")
_ZONES = ("America/Chicago", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland")
_POST_CATEGORIES = ("Design", "Code", "Copywriting & proofs", "Ünïcödé", "Assets", "Miscellaneous")
_FILE_CATEGORIES = ("Documents", "Pictures", "Sounds")


def new_account(store: ClassicStore) -> Record:
    """The account's own record, when its people and companies are there."""
    return {
        "id": store.size.account_id,
        "name": "Honcho & Söhne, since 2004",
        "account_holder_id": store.all("people")[0]["id"],
        "primary_company_id": store.all("companies")[0]["id"],
        "ssl_enabled": True,
        "email_notification_enabled": False,
        "updated_at": moment(store.latest),
        "subscription": {
            "name": "Premium",
            "writeboards": "Infinity" if store.size.seed % 2 else "40",
            "projects": 100,
            "storage": 32_212_254_720,
            "ssl": True,
            "time_tracking": True,
        },
        "default_attachment_categories": list(_FILE_CATEGORIES),
        "default_post_categories": list(_POST_CATEGORIES),
    }


def new_company(store: ClassicStore, n: int) -> Record:
    """The n-th company; the first one is the account's own."""
    return {
        "id": store.ids.next(),
        "name": _COMPANIES[n % len(_COMPANIES)] + (f" {n}" if n >= len(_COMPANIES) else ""),
        "address_one": ("1 Main St.\nSecond floor", "", None)[n % 3],
        "address_two": "",
        "city": ("Chicago", "Köln", "")[n % 3],
        "state": ("IL", None)[n % 2],
        # Text, whatever it looks like.
        "zip": ("02134", "50667", "1e5", "")[n % 4],
        "country": ("United States", "Germany", "日本")[n % 3],
        "web_address": ("http://www.example.com/?a=1&b=2", "")[n % 2],
        "phone_number_office": ("+1 (312) 555-0100", "0049", None)[n % 3],
        "phone_number_fax": "",
        "time_zone_id": _ZONES[n % len(_ZONES)],
        "can_see_private": n == 0,
        "url_name": "honcho" if n == 0 else None,
    }


def new_person(store: ClassicStore, n: int, *, deleted: bool = False) -> Record:
    """The n-th person; the first one holds the account and is the token's user."""
    id, companies = store.ids.next(), store.all("companies")
    company = companies[n % len(companies)]["id"]
    first, last = _NAMES[n % len(_NAMES)]
    return {
        "id": id,
        "first_name": first,
        "last_name": last + (f" {n}" if n >= len(_NAMES) else ""),
        "title": ("Chief Strategist", "", None, "Programmer, “on call”")[n % 4],
        "email_address": f"person{n}@honcho.example",
        "im_handle": ("", "victor_c")[n % 2],
        "im_service": ("", "AOL", None)[n % 3],
        "phone_number_office": ("312-555-0101", "")[n % 2],
        "phone_number_office_ext": ("007", "")[n % 2],
        "phone_number_mobile": "",
        "phone_number_home": None,
        "phone_number_fax": "",
        "company_id": company,
        "client_id": 0 if n % len(companies) == 0 else company,
        "time_zone_name": _ZONES[n % len(_ZONES)],
        "avatar_url": f"http://asset0.basecamphq.com/images/avatars/{id}.gif?r=3&s=55",
        "user_name": f"person{n}" if n % 4 else "victor",
        "administrator": n in (0, 4),
        "deleted": deleted,
        "has_access_to_new_projects": n % 2 == 0,
    }


def named(person: Record) -> str:
    """The name under which a person's records stand."""
    return f"{person['first_name']} {person['last_name']}".strip()


def by(store: ClassicStore, n: int, role: str) -> Record:
    """The fields that say who did something, e.g. `author_id` and `author_name`; deleted people too."""
    people = store.all("people")
    person = people[n % len(people)]
    return {f"{role}_id": person["id"], f"{role}_name": named(person)}


def responsible(store: ClassicStore, n: int) -> Record:
    """The fields that say who is responsible: on one in three a person, on another one a company."""
    if n % 3 == 0:
        return {}
    company = n % 3 == 2
    found = store.all("companies" if company else "people")
    party = found[n % len(found)]
    return {
        "responsible_party_type": "Company" if company else "Person",
        "responsible_party_id": party["id"],
        "responsible_party_name": party["name"] if company else named(party),
    }

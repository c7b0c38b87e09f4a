"""What XML of Classic becomes: the schema's types, whatever the elements say of themselves."""

from __future__ import annotations

import time
from typing import Any

import pytest

from source_basecamp.classic import xml
from source_basecamp.classic.xml import parsed


def records(content: str, stream: str = "todo_items", root: str = "todo-items") -> list[Any]:
    return list(parsed(content.encode(), root, stream, single=False).value)


def field(name: str, element: str, stream: str = "todo_items") -> Any:
    root = stream.replace("_", "-")
    (record,) = records(f"<{root}><record>{element}</record></{root}>", stream, root)
    return record[name]


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("<id type='integer'>7</id>", {"id": 7}),
        ("<id>7</id>", {"id": 7}),
        ("<id type='integer' nil='true'></id>", {"id": None}),
        ("<id/>", {"id": None}),
        ("<completed>true</completed>", {"completed": True}),
        ("<completed type='boolean'>false</completed>", {"completed": False}),
        ("<completed nil='true'/>", {"completed": None}),
        ("<content/>", {"content": ""}),
        ("<content nil='true'/>", {"content": None}),
        ("<content> 12 </content>", {"content": " 12 "}),
        ("<content>&lt;b&gt; &amp; &#8217; &#x1F600; Zoë</content>", {"content": "<b> & ’ 😀 Zoë"}),
        ("<content><![CDATA[<b>&amp;]]></content>", {"content": "<b>&amp;"}),
        ("<created-on type='date'>2010-05-04</created-on>", {"created_on": "2010-05-04T00:00:00Z"}),
        ("<created-on type='datetime'>2010-05-04T15:00:00Z</created-on>", {"created_on": "2010-05-04T15:00:00Z"}),
        ("<created-on/>", {"created_on": None}),
        ("<content>a <b>bold</b> word</content>", {"content": "a bold word"}),
        ("<content>a\b&#8;&#x1f;z</content>", {"content": "a\N{REPLACEMENT CHARACTER}\ufffd\ufffdz"}),
        ("<position>1_0</position>", {"position": "1_0"}),
    ],
)
def test_a_field_is_what_its_schema_says(element: str, value: dict[str, Any]) -> None:
    assert records(f"<todo-items type='array'>\n <todo-item>\n  {element}\n </todo-item>\n</todo-items>") == [value]


@pytest.mark.parametrize(
    ("stream", "element", "name", "value"),
    [
        ("time_entries", "<hours type='float'>7.25</hours>", "hours", 7.25),
        ("time_entries", "<hours>0.1</hours>", "hours", 0.1),
        ("time_entries", "<date type='date'>2010-05-04</date>", "date", "2010-05-04"),
        ("time_entries", "<date type='datetime'>2010-05-04T23:00:00Z</date>", "date", "2010-05-04"),
        ("time_entries", "<date>10000-01-01</date>", "date", "10000-01-01"),
        ("time_entries", "<hours>Infinity</hours>", "hours", "Infinity"),
        ("time_entries", "<hours>1_0.5</hours>", "hours", "1_0.5"),
        ("time_entries", "<person-id>none</person-id>", "person_id", "none"),
        ("messages", "<attachments type='array'/>", "attachments", []),
        (
            "messages",
            "<attachments><attachment><id>1</id></attachment></attachments>",
            "attachments",
            [{"id": 1}],
        ),
        ("projects", "<company>\n<id>1</id>\n<name>A</name></company>", "company", {"id": 1, "name": "A"}),
    ],
)
def test_nested_and_numeric_fields_too(stream: str, element: str, name: str, value: Any) -> None:
    assert field(name, element, stream) == value


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("<new type='integer'>7</new>", 7),
        ("<new type='float'>0.5</new>", 0.5),
        ("<new type='float'>Infinity</new>", "Infinity"),
        ("<new type='boolean'>true</new>", True),
        ("<new>7</new>", "7"),
        ("<new type='array'><one><id type='integer'>1</id></one></new>", [{"id": 1}]),
        ("<new><id>1</id></new>", {"id": "1"}),
        ("<new><one>1</one><one>2</one></new>", {"one": ["1", "2"]}),
        ("<new>1</new><new>2</new><new>3</new>", ["1", "2", "3"]),
        ("<new nil='true'/>", None),
    ],
)
def test_a_field_that_no_schema_declares_is_kept_as_classic_types_it(element: str, value: Any) -> None:
    assert field("new", element) == value


def test_a_single_record_is_the_root_itself() -> None:
    content = (
        "<?xml version='1.0' encoding='UTF-8'?><account><id>1</id>"
        "<subscription><writeboards type='float'>Infinity</writeboards></subscription>"
        "<default-post-categories><category>Design</category></default-post-categories></account>"
    )
    assert parsed(content.encode(), "account", "account", single=True).value == {
        "id": 1,
        "subscription": {"writeboards": "Infinity"},
        "default_post_categories": ["Design"],
    }


@pytest.mark.parametrize("content", ["<account/>", "<account>Access denied</account>"])
def test_a_single_record_has_fields(content: str) -> None:
    with pytest.raises(ValueError, match="no record"):
        parsed(content.encode(), "account", "account", single=True)


@pytest.mark.parametrize(
    "content", ["<todo-items/>", "<todo-items type='array'></todo-items>", "<nil-classes type='array'/>"]
)
def test_an_empty_list_is_a_list(content: str) -> None:
    assert records(content) == []


def test_what_a_list_says_of_itself_is_kept() -> None:
    content = b"<comments count='51' continued-at='/posts/1/comments.xml?n=50'><comment><id>1</id></comment></comments>"
    body = parsed(content, "comments", "comments", single=False)
    assert body.value == [{"id": 1}]
    assert body.attributes == {"count": "51", "continued-at": "/posts/1/comments.xml?n=50"}


BOMB = (
    "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]>"
    "<todo-items><t><content>&b;</content></t></todo-items>"
)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "<html><body>Log in</body></html>",
        "<!DOCTYPE html><html><body>Log in</body></html>",
        "<projects type='array'/>",
        "<nil-classes><todo-item/></nil-classes>",
        "<todo-items><todo-item><id>1</id></todo-item>",
        "<todo-items><todo-item><id>1</todo-item></todo-items>",
        "<todo-items>&unknown;</todo-items>",
        "<todo-items>\x01</todo-items>",
        "<todo-items>Access denied</todo-items>",
        BOMB,
        "<?xml version='1.0'?>\n<!-- a --><!DOCTYPE a SYSTEM 'file:/etc/passwd'><todo-items/>",
        "<?xml version='1.0' encoding='klingon'?><todo-items/>",
        "<todo-items><t>" + "<a>" * 100_000 + "</a>" * 100_000 + "</t></todo-items>",
        "\N{BYTE ORDER MARK}<!DOCTYPE todo-items><todo-items/>",
    ],
    ids=range(16),
)
def test_anything_but_the_list_that_was_asked_for_is_refused(content: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        records(content)


def test_a_record_of_elements_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "LARGEST_RECORD", 100)
    record = f"<t>{'<a/>' * 99}</t>"
    assert len(records(f"<todo-items>{record * 3}</todo-items>")) == 3
    with pytest.raises(ValueError, match="without end"):
        records("<todo-items><t>" + "<a>" * 200)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_document_type_in_wide_characters_is_refused(encoding: str) -> None:
    for text in (BOMB, "<todo-items/>"):
        with pytest.raises(ValueError, match="document type"):
            parsed(text.encode(encoding), "todo-items", "todo_items", single=False)


@pytest.mark.parametrize(
    "text",
    [
        "<?a?>" * 60 + "<x/>",
        " " * 3_000_000 + "<x/>",
        "<!-- a -->" * 60 + "<x/>",
        "<todo-items " + "a" * 30_000_000,
        "<todo-items><!-- " + "a" * 30_000_000,
    ],
    ids=range(5),
)
def test_text_that_leads_nowhere_takes_no_longer_than_it_is(text: str) -> None:
    began = time.monotonic()
    with pytest.raises(ValueError, match=r"it holds x|unclosed"):
        records(text)
    assert time.monotonic() - began < 5

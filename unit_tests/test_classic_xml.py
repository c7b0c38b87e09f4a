"""What XML of Classic becomes: the schema's types, whatever the elements say of themselves."""

from __future__ import annotations

from typing import Any

import pytest

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
        ("time_entries", "<hours>Infinity</hours>", "hours", "Infinity"),
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


@pytest.mark.parametrize(
    "content", ["<todo-items/>", "<todo-items type='array'></todo-items>", "<nil-classes type='array'/>"]
)
def test_an_empty_list_is_a_list(content: str) -> None:
    assert records(content) == []


def test_what_a_list_says_of_itself_is_kept() -> None:
    body = parsed(
        b"<comments count='51' continued-at='/posts/1/comments.xml?n=50'/>", "comments", "comments", single=False
    )
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
        BOMB,
        "<?xml version='1.0'?>\n<!-- a --><!DOCTYPE a SYSTEM 'file:/etc/passwd'><todo-items/>",
        "<?xml version='1.0' encoding='klingon'?><todo-items/>",
        "<todo-items><t>" + "<a>" * 100_000 + "</a>" * 100_000 + "</t></todo-items>",
    ],
    ids=range(14),
)
def test_anything_but_the_list_that_was_asked_for_is_refused(content: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        records(content)

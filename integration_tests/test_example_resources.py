"""`examples/kubernetes/source-resources.sql` against the two tables of Airbyte's database that it names."""

from __future__ import annotations

from integration_tests.support.connector import ROOT
from integration_tests.support.postgres import Server

TABLES = """
create table actor_definition (id int primary key, name text, resource_requirements jsonb);
create table actor_definition_version (
  id int primary key, actor_definition_id int references actor_definition, docker_repository text
);
insert into actor_definition values
  (1, 'Basecamp', null), (2, 'Basecamp of our own registry', null), (3, 'Postgres', '{"kept": true}');
insert into actor_definition_version values
  (11, 1, 'airbyte/source-basecamp'),
  (12, 1, 'airbyte/source-basecamp'),
  (21, 2, 'registry.example.com/data/source-basecamp'),
  (31, 3, 'airbyte/source-postgres');
"""


def test_the_statement_sets_the_resources_of_this_connector_and_of_no_other(postgres: Server) -> None:
    query = postgres.query(postgres.new_database("airbyte"))
    query(TABLES)
    query((ROOT / "examples" / "kubernetes" / "source-resources.sql").read_text())
    limit = "resource_requirements #>> '{jobSpecific,0,resourceRequirements,memory_limit}'"
    assert query(f"SELECT name, {limit} FROM actor_definition ORDER BY id") == [
        ("Basecamp", "512Mi"),
        ("Basecamp of our own registry", "512Mi"),
        ("Postgres", None),
    ]
    assert query("SELECT resource_requirements FROM actor_definition WHERE name = 'Postgres'") == [({"kept": True},)]

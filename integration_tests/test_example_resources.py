"""`examples/kubernetes/source-resources.sql` against the two tables of Airbyte's database that it names."""

from __future__ import annotations

from integration_tests.connector import ROOT
from integration_tests.postgres import Server

TABLES = """
create table actor_definition (id uuid primary key, name text, resource_requirements jsonb);
create table actor_definition_version (
  id uuid primary key, actor_definition_id uuid references actor_definition, docker_repository text
);
insert into actor_definition values
  ('00000000-0000-0000-0000-000000000001', 'Basecamp', null),
  ('00000000-0000-0000-0000-000000000002', 'Basecamp of our own registry', null),
  ('00000000-0000-0000-0000-000000000003', 'Postgres', '{"kept": true}');
insert into actor_definition_version values
  ('00000000-0000-0000-0000-000000000011', '00000000-0000-0000-0000-000000000001', 'airbyte/source-basecamp'),
  ('00000000-0000-0000-0000-000000000012', '00000000-0000-0000-0000-000000000001', 'airbyte/source-basecamp'),
  ('00000000-0000-0000-0000-000000000021', '00000000-0000-0000-0000-000000000002', 'registry.example.com/source-basecamp'),
  ('00000000-0000-0000-0000-000000000031', '00000000-0000-0000-0000-000000000003', 'airbyte/source-postgres');
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

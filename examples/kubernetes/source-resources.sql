-- Memory and processor of the syncs of every Basecamp source. Run in Airbyte's database; holds from the next sync on.
update actor_definition
set resource_requirements = '{
  "jobSpecific": [
    {
      "jobType": "sync",
      "resourceRequirements": {
        "cpu_request": "100m",
        "cpu_limit": "1",
        "memory_request": "256Mi",
        "memory_limit": "512Mi"
      }
    }
  ]
}'
where id in (
  select actor_definition_id
  from actor_definition_version
  where docker_repository like '%/source-basecamp'
);

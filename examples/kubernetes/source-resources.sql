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
where docker_repository = 'airbyte/source-basecamp';

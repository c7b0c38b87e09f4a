-- Reads: todos, projects
-- May read: people
-- How many to-dos each person completed in each week and project, whatever has become of them since.
-- Only what was trashed or deleted is left out. A to-do that was completed twice counts where it was last.
SELECT
    CAST(date_trunc('week', todos.completed_at) AS date) AS week, -- Monday that the week begins on.
    coalesce(
        people.name, (todos.completion -> 'creator') ->> 'name'
    ) AS completed_by, -- Name of the person who completed them.
    count(*) AS completed, -- Number of to-dos completed.
    todos.completed_by_id, -- Id of the person who completed them.
    todos.project_id, -- Id of the project.
    coalesce(projects.name, todos.bucket ->> 'name') AS project -- Name of the project.
FROM todos
LEFT JOIN projects ON projects.id = todos.project_id
LEFT JOIN people ON people.id = todos.completed_by_id
WHERE todos.completed AND todos.completed_at IS NOT NULL
    AND todos.status NOT IN ('trashed', 'deleted') AND todos._deleted_at IS NULL
    AND coalesce(projects.status, '') NOT IN ('trashed', 'deleted') AND projects._deleted_at IS NULL
GROUP BY 1, 2, 4, 5, 6
ORDER BY 1 DESC, 3 DESC, 2, 6, 4, 5

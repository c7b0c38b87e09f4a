-- Reads: todos, projects
-- May read: people
-- How many to-dos each person completed in each week, which begins on Monday.
SELECT
    CAST(date_trunc('week', CAST(todos.completion ->> 'created_at' AS timestamptz)) AS date) AS week,
    coalesce(people.name, todos.completion -> 'creator' ->> 'name') AS completed_by,
    count(*) AS completed
FROM todos
JOIN projects ON projects.id = CAST(todos.bucket ->> 'id' AS bigint)
LEFT JOIN people ON people.id = CAST(todos.completion -> 'creator' ->> 'id' AS bigint)
WHERE todos.status = 'active' AND projects.status = 'active' AND todos.completed
    AND todos._deleted_at IS NULL AND projects._deleted_at IS NULL
GROUP BY 1, 2
ORDER BY 1 DESC, 3 DESC, 2

-- Reads: todos, projects
-- May read: todolists, people
-- To-dos that are still to be done, with the names of those who are to do them.
SELECT
    todos.id,
    todos.title,
    (
        SELECT string_agg(coalesce(people.name, todos.assignees -> place.n ->> 'name'), ', ' ORDER BY place.n)
        FROM generate_series(0, CAST(json_array_length(CAST(todos.assignees AS json)) AS int) - 1) AS place (n)
        LEFT JOIN people ON people.id = CAST(todos.assignees -> place.n ->> 'id' AS bigint)
    ) AS assignees,
    coalesce(todolists.title, todos.parent ->> 'title') AS list,
    projects.name AS project,
    todos.due_on,
    CASE WHEN todos.due_on < current_date THEN CAST(current_date - todos.due_on AS int) ELSE 0 END AS days_overdue,
    todos.starts_on,
    todos.created_at,
    todos.updated_at,
    todos.app_url
FROM todos
JOIN projects ON projects.id = CAST(todos.bucket ->> 'id' AS bigint)
LEFT JOIN todolists ON todolists.id = CAST(todos.parent ->> 'id' AS bigint)
WHERE todos.status = 'active' AND projects.status = 'active' AND todos.completed IS NOT TRUE
    AND todos._deleted_at IS NULL AND projects._deleted_at IS NULL
ORDER BY todos.due_on NULLS LAST, todos.id

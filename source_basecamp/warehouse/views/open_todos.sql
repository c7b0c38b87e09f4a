-- Reads: todos, projects
-- May read: todolists, people
-- To-dos that are still to be done, with the names of those who are to do them.
SELECT
    todos.id, -- Id of the to-do.
    todos.title, -- What is to be done.
    (
        SELECT string_agg(coalesce(people.name, (todos.assignees -> place.n) ->> 'name'), ', ' ORDER BY place.n)
        FROM generate_series(0, CAST(
            CASE WHEN CAST(todos.assignees AS text) LIKE '[%' THEN json_array_length(CAST(todos.assignees AS json)) END
        AS int) - 1) AS place (n)
        LEFT JOIN people ON people.id = CASE
            WHEN ((todos.assignees -> place.n) ->> 'id') ~ '^[0-9]{1,18}$'
                THEN CAST((todos.assignees -> place.n) ->> 'id' AS bigint)
        END
    ) AS assignees, -- Names of the people who are to do it, in Basecamp's order; null if nobody is.
    CASE
        WHEN todos.list_id IS NOT NULL THEN coalesce(todolists.title, todos.parent ->> 'title')
    END AS list, -- Title of its list or group; null for a to-do on no list.
    projects.name AS project, -- Name of the project.
    todos.due_on, -- Day it is due; null when no due date is set.
    CASE
        WHEN todos.due_on < current_date THEN CAST(current_date - todos.due_on AS int) ELSE 0
    END AS days_overdue, -- Days since it was due; 0 if it is not overdue.
    todos.starts_on, -- Day work on it begins; null when not set.
    todos.created_at, -- When it was created.
    todos.updated_at, -- When it last changed.
    todos.app_url, -- Web page of the to-do in Basecamp.
    todos.project_id, -- Id of the project.
    todos.list_id, -- Id of its list or group; null for a to-do on no list.
    todos.creator_id, -- Id of the person who created it.
    coalesce(creators.name, todos.creator ->> 'name') AS creator -- Name of the person who created it.
FROM todos
JOIN projects ON projects.id = todos.project_id
LEFT JOIN todolists ON todolists.id = todos.list_id
LEFT JOIN people AS creators ON creators.id = todos.creator_id
WHERE todos.status = 'active' AND projects.status = 'active' AND todos.completed IS NOT TRUE
    AND todos._deleted_at IS NULL AND projects._deleted_at IS NULL
ORDER BY todos.due_on NULLS LAST, todos.id

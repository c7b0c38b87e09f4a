-- Reads: todolists, todos, projects
-- Active to-do lists and groups of active projects: how many of their to-dos are done.
-- A to-do in a group counts for the group. To-dos that were archived, trashed or deleted do not count.
WITH counts AS (
    SELECT
        list_id,
        count(*) AS todos,
        count(CASE WHEN completed THEN 1 END) AS completed,
        count(CASE WHEN completed IS NOT TRUE AND due_on < current_date THEN 1 END) AS overdue,
        max(CASE WHEN completed THEN completed_at END) AS last_completed_at
    FROM todos
    WHERE status = 'active' AND _deleted_at IS NULL
    GROUP BY list_id
)

SELECT
    todolists.id AS list_id, -- Id of the list or group.
    todolists.title AS list, -- Title of the list or group.
    todolists.project_id, -- Id of the project.
    projects.name AS project, -- Name of the project.
    coalesce(counts.completed, 0) AS completed_todos, -- Number of its to-dos that are done.
    coalesce(counts.todos, 0) AS all_todos, -- Number of all its to-dos.
    CAST(
        1.0 * counts.completed / counts.todos AS decimal(5, 4)
    ) AS share, -- Part of its to-dos that is done, from 0 to 1; null where it has none.
    coalesce(counts.todos - counts.completed, 0) AS open_todos, -- Number of its to-dos that are still to be done.
    coalesce(counts.overdue, 0) AS overdue_todos, -- Number of its open to-dos whose due date is over.
    counts.last_completed_at, -- When one of its to-dos was last completed; null if none is.
    CASE
        WHEN todolists.parent_type = 'Todolist' THEN todolists.parent_id
    END AS outer_list_id, -- Id of the list that a group is in; null for a list.
    CASE
        WHEN todolists.parent_type = 'Todolist' THEN coalesce(outer_lists.title, todolists.parent ->> 'title')
    END AS outer_list, -- Title of the list that a group is in; null for a list.
    todolists.app_url -- Web page of the list in Basecamp.
FROM todolists
JOIN projects ON projects.id = todolists.project_id
LEFT JOIN counts ON counts.list_id = todolists.id
LEFT JOIN todolists AS outer_lists ON outer_lists.id = todolists.parent_id
WHERE todolists.status = 'active' AND projects.status = 'active'
    AND todolists._deleted_at IS NULL AND projects._deleted_at IS NULL
ORDER BY projects.name, todolists.project_id, todolists.position, todolists.id

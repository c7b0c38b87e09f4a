-- Reads: todo_items, projects
-- May read: people
-- How many to-do items each person completed in each week and project, whatever has become of the project since.
-- Only what Basecamp no longer lists is left out. Where Classic tells only the day, the week is that of the day in UTC.
SELECT
    coalesce(
        CAST(date_trunc('week', items.completed_at) AS date),
        CAST(date_trunc('week', items.completed_on AT TIME ZONE 'UTC') AS date)
    ) AS week, -- Monday that the week begins on.
    coalesce(
        nullif(trim(concat_ws(' ', people.first_name, people.last_name)), ''), items.completer_name
    ) AS completed_by, -- Name of the person who completed them.
    count(*) AS completed, -- Number of to-do items completed.
    items.completer_id AS completed_by_id, -- Id of the person who completed them.
    items.project_id, -- Id of the project.
    projects.name AS project -- Name of the project.
FROM todo_items AS items
LEFT JOIN projects ON projects.id = items.project_id
LEFT JOIN people ON people.id = items.completer_id
WHERE items.completed AND coalesce(items.completed_at, items.completed_on) IS NOT NULL
    AND items._deleted_at IS NULL AND projects._deleted_at IS NULL
GROUP BY 1, 2, 4, 5, 6
ORDER BY 1 DESC, 3 DESC, 2, 6, 4, 5

-- Reads: projects
-- May read: todo_items, messages, comments, calendar_entries, attachments, companies
-- Active projects: when something last changed in them, and how many of their to-do items are open and overdue.
-- It sees changes in the tables that are loaded, and what Classic itself tells of the project.
WITH changes AS (
    SELECT project_id, greatest(created_on, created_at, updated_at, commented_at) AS changed_at
    FROM todo_items
    WHERE _deleted_at IS NULL
    UNION ALL SELECT project_id, greatest(posted_on, commented_at) FROM messages WHERE _deleted_at IS NULL
    UNION ALL SELECT project_id, created_at FROM comments WHERE _deleted_at IS NULL
    UNION ALL SELECT project_id, greatest(created_on, commented_at) FROM calendar_entries WHERE _deleted_at IS NULL
    UNION ALL SELECT project_id, created_on FROM attachments WHERE _deleted_at IS NULL
),

latest AS (SELECT project_id, max(changed_at) AS changed_at FROM changes GROUP BY project_id),

todo_counts AS (
    SELECT project_id, count(*) AS open, count(CASE WHEN due_on < current_date THEN 1 END) AS overdue
    FROM todo_items
    WHERE _deleted_at IS NULL AND completed IS NOT TRUE
    GROUP BY project_id
)

SELECT
    projects.id, -- Id of the project.
    projects.name AS project, -- Name of the project.
    greatest(projects.last_changed_on, latest.changed_at) AS last_change, -- When it, or something in it, last changed.
    coalesce(todo_counts.open, 0) AS open_todos, -- Number of to-do items that are still to be done.
    coalesce(todo_counts.overdue, 0) AS overdue_todos, -- Number of open to-do items whose due date is over.
    projects.id AS project_id, -- Id of the project, under the name that it has in the other views.
    projects.company_id, -- Id of the company that the project is done for.
    coalesce(companies.name, projects.company ->> 'name') AS company -- Name of that company.
FROM projects
LEFT JOIN latest ON latest.project_id = projects.id
LEFT JOIN todo_counts ON todo_counts.project_id = projects.id
LEFT JOIN companies ON companies.id = projects.company_id
WHERE projects.status = 'active' AND projects._deleted_at IS NULL
ORDER BY last_change DESC, projects.id

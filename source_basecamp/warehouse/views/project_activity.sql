-- Reads: projects
-- May read: todos, messages, comments, documents, uploads, schedule_entries, cards, question_answers, steps
-- May read: todolists, vaults, external_links, questions, campfire_lines, inbox_forwards, forward_replies
-- May read: client_approvals, client_correspondences, client_replies, gauge_needles, timesheet_entries
-- May read: timeline_events
-- Active projects: when something last changed in them, and how much of their work is open and overdue.
-- It sees changes in the tables that are loaded; changes of archived and trashed records only by the timeline.
WITH changes AS (
    SELECT project_id, updated_at AS changed_at FROM todos WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM messages WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM comments WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM documents WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM uploads WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM schedule_entries WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM cards WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM question_answers WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM steps WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM todolists WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM vaults WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM external_links WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM questions WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM campfire_lines WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM inbox_forwards WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM forward_replies WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM client_approvals WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM client_correspondences WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM client_replies WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM gauge_needles WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, updated_at FROM timesheet_entries WHERE status = 'active' AND _deleted_at IS NULL
    UNION ALL SELECT project_id, created_at FROM timeline_events WHERE _deleted_at IS NULL
),

latest AS (SELECT project_id, max(changed_at) AS changed_at FROM changes GROUP BY project_id),

todo_counts AS (
    SELECT project_id, count(*) AS open, count(CASE WHEN due_on < current_date THEN 1 END) AS overdue
    FROM todos
    WHERE status = 'active' AND _deleted_at IS NULL AND completed IS NOT TRUE
    GROUP BY project_id
),

card_counts AS (
    SELECT project_id, count(*) AS open, count(CASE WHEN due_on < current_date THEN 1 END) AS overdue
    FROM cards
    WHERE status = 'active' AND _deleted_at IS NULL AND completed IS NOT TRUE
    GROUP BY project_id
)

SELECT
    projects.id, -- Id of the project.
    projects.name AS project, -- Name of the project.
    greatest(projects.updated_at, latest.changed_at) AS last_change, -- When it, or something in it, last changed.
    coalesce(todo_counts.open, 0) AS open_todos, -- Number of to-dos that are still to be done.
    coalesce(todo_counts.overdue, 0) AS overdue_todos, -- Number of open to-dos whose due date is over.
    projects.app_url, -- Web page of the project in Basecamp.
    projects.id AS project_id, -- Id of the project, under the name that it has in the other views.
    coalesce(card_counts.open, 0) AS open_cards, -- Number of cards that are not done.
    coalesce(card_counts.overdue, 0) AS overdue_cards -- Number of open cards whose due date is over.
FROM projects
LEFT JOIN latest ON latest.project_id = projects.id
LEFT JOIN todo_counts ON todo_counts.project_id = projects.id
LEFT JOIN card_counts ON card_counts.project_id = projects.id
WHERE projects.status = 'active' AND projects._deleted_at IS NULL
ORDER BY last_change DESC, projects.id

-- Reads: projects, todos, messages, comments, documents, uploads, schedule_entries, cards, question_answers
-- Active projects: when something last changed in them, and how many of their to-dos are open and overdue.
SELECT
    projects.id,
    projects.name AS project,
    greatest(projects.updated_at, max(changes.updated_at)) AS last_change,
    count(changes.open_todo) AS open_todos,
    count(CASE WHEN changes.due_on < current_date THEN changes.open_todo END) AS overdue_todos,
    projects.app_url
FROM projects
LEFT JOIN (
    SELECT bucket, status, updated_at, _deleted_at, due_on, CASE WHEN completed IS NOT TRUE THEN id END AS open_todo
    FROM todos
    UNION ALL SELECT bucket, status, updated_at, _deleted_at, NULL, NULL FROM messages
    UNION ALL SELECT bucket, status, updated_at, _deleted_at, NULL, NULL FROM comments
    UNION ALL SELECT bucket, status, updated_at, _deleted_at, NULL, NULL FROM documents
    UNION ALL SELECT bucket, status, updated_at, _deleted_at, NULL, NULL FROM uploads
    UNION ALL SELECT bucket, status, updated_at, _deleted_at, NULL, NULL FROM schedule_entries
    UNION ALL SELECT bucket, status, updated_at, _deleted_at, NULL, NULL FROM cards
    UNION ALL SELECT bucket, status, updated_at, _deleted_at, NULL, NULL FROM question_answers
) AS changes ON CAST(changes.bucket ->> 'id' AS bigint) = projects.id
    AND changes.status = 'active' AND changes._deleted_at IS NULL
WHERE projects.status = 'active' AND projects._deleted_at IS NULL
GROUP BY projects.id, projects.name, projects.updated_at, projects.app_url
ORDER BY last_change DESC, projects.id

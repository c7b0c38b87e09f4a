-- Reads: projects
-- May read: todos, cards, steps, messages, comments, documents, uploads, vaults, todolists, schedule_entries
-- May read: questions, question_answers, external_links, campfire_lines, inbox_forwards, forward_replies
-- May read: client_approvals, client_correspondences, client_replies, gauge_needles, timesheet_entries, people
-- What was created and completed, by whom and when, in the tables that are loaded, whatever has become of it since.
-- Only what was trashed or deleted is left out. The events of timeline_events are not among it: they say the same once
-- more, without the id of the record, and stay when it is trashed.
WITH happened AS (
    SELECT
        'todos' AS kind, 'created' AS action, id, project_id, bucket, creator_id AS person_id, creator AS person,
        created_at AS happened_at, title, app_url
    FROM todos
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'cards', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM cards
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'steps', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM steps
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'messages', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM messages
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'comments', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM comments
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'documents', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM documents
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'uploads', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM uploads
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'vaults', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM vaults
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'todolists', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM todolists
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'schedule_entries', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM schedule_entries
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'questions', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM questions
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'question_answers', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM question_answers
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'external_links', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM external_links
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'campfire_lines', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM campfire_lines
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'inbox_forwards', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM inbox_forwards
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'forward_replies', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM forward_replies
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'client_approvals', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM client_approvals
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'client_correspondences', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM client_correspondences
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'client_replies', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM client_replies
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'gauge_needles', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM gauge_needles
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'timesheet_entries', 'created', id, project_id, bucket, creator_id, creator, created_at, title, app_url
    FROM timesheet_entries
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'todos', 'completed', id, project_id, bucket, completed_by_id, completion -> 'creator', completed_at,
        title, app_url
    FROM todos
    WHERE completed AND completed_at IS NOT NULL AND status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'cards', 'completed', id, project_id, bucket, completed_by_id, completion -> 'creator', completed_at,
        title, app_url
    FROM cards
    WHERE completed AND completed_at IS NOT NULL AND status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'steps', 'completed', id, project_id, bucket, completed_by_id, completion -> 'creator', completed_at,
        title, app_url
    FROM steps
    WHERE completed AND completed_at IS NOT NULL AND status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
)

SELECT
    happened.project_id, -- Id of the project.
    coalesce(projects.name, happened.bucket ->> 'name') AS project, -- Name of the project.
    happened.person_id, -- Id of the person who did it.
    coalesce(people.name, happened.person ->> 'name') AS person, -- Name of the person who did it.
    happened.kind, -- Table that the record is in, such as todos.
    happened.action, -- What the person did to the record: created or completed.
    happened.happened_at, -- When the person did it.
    happened.id AS record_id, -- Id of the record.
    happened.title, -- Title of the record.
    happened.app_url -- Web page of the record in Basecamp.
FROM happened
LEFT JOIN projects ON projects.id = happened.project_id
LEFT JOIN people ON people.id = happened.person_id
WHERE coalesce(projects.status, '') NOT IN ('trashed', 'deleted') AND projects._deleted_at IS NULL
ORDER BY happened.happened_at DESC, happened.id, happened.action

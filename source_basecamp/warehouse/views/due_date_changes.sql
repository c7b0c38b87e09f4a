-- Reads: events, projects
-- May read: todos, cards, people, recording_events
-- When the dates of each to-do and card were set, changed or cleared, and by whom: as far back as the account's event
-- feed goes, and from the first change where recording_events are loaded. Basecamp keeps no old dates: the last change
-- brought those that there are today.
WITH work AS (
    SELECT 'todos' AS kind, id, title, project_id, bucket, due_on, app_url
    FROM todos
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT 'cards', id, title, project_id, bucket, due_on, app_url
    FROM cards
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
),

told AS (
    SELECT id, recording_id, split_part(event_type, '.', 2) AS change, created_at, creator_id
    FROM events
    WHERE event_type IN ('todo.scheduled', 'todo.rescheduled', 'todo.unscheduled', 'card.due_on_changed')
        AND _deleted_at IS NULL
    UNION ALL
    SELECT id, recording_id, action, created_at, creator_id
    FROM recording_events
    WHERE action IN ('scheduled', 'rescheduled', 'unscheduled', 'due_on_changed') AND _deleted_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM events WHERE events.id = recording_events.id)
),

changes AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY recording_id ORDER BY created_at, id) AS number,
        lead(id) OVER (PARTITION BY recording_id ORDER BY created_at, id) AS next_id
    FROM told
)

SELECT
    changes.id AS event_id, -- Id of the change, in events or recording_events.
    work.kind, -- Table that it is in: todos or cards.
    work.id, -- Id of the to-do or card.
    work.title, -- Title of the to-do or card.
    work.project_id, -- Id of the project.
    coalesce(projects.name, work.bucket ->> 'name') AS project, -- Name of the project.
    changes.change, -- What was done: scheduled, rescheduled or unscheduled; of cards and old to-dos, due_on_changed.
    CAST(changes.number AS int) AS number, -- The first, second and so on of its changes that are known.
    changes.next_id IS NULL AS is_last, -- Whether it is the last one.
    CASE
        WHEN changes.next_id IS NULL THEN work.due_on
    END AS new_due_on, -- Day it is due since; null but for the last change.
    changes.created_at AS changed_at, -- When it was done.
    changes.creator_id AS changed_by_id, -- Id of the person who did it.
    people.name AS changed_by, -- Name of the person who did it.
    work.app_url -- Web page of the to-do or card in Basecamp.
FROM changes
JOIN work ON work.id = changes.recording_id
LEFT JOIN projects ON projects.id = work.project_id
LEFT JOIN people ON people.id = changes.creator_id
WHERE coalesce(projects.status, '') NOT IN ('trashed', 'deleted') AND projects._deleted_at IS NULL
ORDER BY changes.created_at DESC, changes.id DESC

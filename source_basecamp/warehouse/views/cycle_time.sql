-- Reads: todos, projects
-- May read: cards, todolists, card_columns, people
-- How long each completed to-do and card took, from its creation to its completion, whatever has become of it since.
-- Only what was trashed or deleted is left out.
WITH work AS (
    SELECT
        'todos' AS kind, id, title, project_id, bucket, list_id, CAST(NULL AS bigint) AS column_id, parent,
        created_at, completed_at, completed_by_id, completion, app_url
    FROM todos
    WHERE completed AND completed_at IS NOT NULL AND status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'cards', id, title, project_id, bucket, NULL, column_id, parent,
        created_at, completed_at, completed_by_id, completion, app_url
    FROM cards
    WHERE completed AND completed_at IS NOT NULL AND status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
)

SELECT
    work.kind, -- Table that it is in: todos or cards.
    work.id, -- Id of the to-do or card.
    work.title, -- Title of the to-do or card.
    work.project_id, -- Id of the project.
    coalesce(projects.name, work.bucket ->> 'name') AS project, -- Name of the project.
    work.list_id, -- Id of the list of a to-do; null for a card, and for a to-do on no list.
    CASE
        WHEN work.list_id IS NOT NULL THEN coalesce(todolists.title, work.parent ->> 'title')
    END AS list, -- Title of the list of a to-do; null for a card, and for a to-do on no list.
    work.column_id, -- Id of the column of a card, where it is now; null for a to-do.
    CASE
        WHEN work.column_id IS NOT NULL THEN coalesce(card_columns.title, work.parent ->> 'title')
    END AS card_column, -- Title of the column of a card, where it is now; null for a to-do.
    work.created_at, -- When it was created.
    work.completed_at, -- When it was completed.
    CAST(
        (extract(epoch FROM work.completed_at) - extract(epoch FROM work.created_at)) / 86400 AS decimal(18, 2)
    ) AS days, -- Days between the two, of 24 hours each.
    work.completed_by_id, -- Id of the person who completed it.
    coalesce(
        people.name, (work.completion -> 'creator') ->> 'name'
    ) AS completed_by, -- Name of the person who completed it.
    work.app_url -- Web page of the to-do or card in Basecamp.
FROM work
LEFT JOIN projects ON projects.id = work.project_id
LEFT JOIN todolists ON todolists.id = work.list_id
LEFT JOIN card_columns ON card_columns.id = work.column_id
LEFT JOIN people ON people.id = work.completed_by_id
WHERE coalesce(projects.status, '') NOT IN ('trashed', 'deleted') AND projects._deleted_at IS NULL
ORDER BY work.completed_at DESC, work.kind, work.id

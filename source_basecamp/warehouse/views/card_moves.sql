-- Reads: cards, events, projects
-- May read: card_columns, people, recording_events
-- When each card moved to another column, or on or off hold, and by whom: as far back as the account's event feed goes,
-- and from the first move where recording_events are loaded. Cards that were trashed or deleted, or moved to another
-- project since, are left out.
WITH places AS (
    SELECT id, id AS column_id FROM card_columns
    UNION ALL
    SELECT on_hold_id, id FROM card_columns WHERE on_hold_id IS NOT NULL
),

told AS (
    SELECT id, recording_id, previous_column_id, column_id, created_at, creator_id
    FROM events
    WHERE event_type = 'card.moved' AND _deleted_at IS NULL
    UNION ALL
    SELECT
        recording_events.id, recording_id,
        coalesce(origins.column_id, previous_parent_id), coalesce(targets.column_id, new_parent_id),
        created_at, creator_id
    FROM recording_events
    LEFT JOIN places AS origins ON origins.id = previous_parent_id
    LEFT JOIN places AS targets ON targets.id = new_parent_id
    WHERE new_parent_id IS NOT NULL AND _deleted_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM events WHERE events.id = recording_events.id)
),

moves AS (
    SELECT *, lag(created_at) OVER (PARTITION BY recording_id ORDER BY created_at, id) AS came_at
    FROM told
)

SELECT
    moves.id AS event_id, -- Id of the move, in events or recording_events.
    cards.id AS card_id, -- Id of the card.
    cards.title AS card, -- Title of the card.
    cards.project_id, -- Id of the project.
    coalesce(projects.name, cards.bucket ->> 'name') AS project, -- Name of the project.
    moves.previous_column_id AS from_column_id, -- Id of the column that it came from.
    origins.title AS from_column, -- Title of the column that it came from; null if that is gone.
    moves.column_id AS to_column_id, -- Id of the column that it moved to; the same one where it went on or off hold.
    targets.title AS to_column, -- Title of the column that it moved to; null if that is gone.
    moves.created_at AS moved_at, -- When it moved.
    moves.creator_id AS moved_by_id, -- Id of the person who moved it.
    people.name AS moved_by, -- Name of the person who moved it.
    CAST(
        (extract(epoch FROM moves.created_at) - extract(epoch FROM moves.came_at)) / 86400 AS decimal(18, 2)
    ) AS days_since_last_move, -- Days since it had moved before, of 24 hours each; null for its first known move.
    cards.app_url -- Web page of the card in Basecamp.
FROM moves
JOIN cards ON cards.id = moves.recording_id
LEFT JOIN projects ON projects.id = cards.project_id
LEFT JOIN card_columns AS origins ON origins.id = moves.previous_column_id
LEFT JOIN card_columns AS targets ON targets.id = moves.column_id
LEFT JOIN people ON people.id = moves.creator_id
WHERE cards.status NOT IN ('trashed', 'deleted') AND cards._deleted_at IS NULL
    AND coalesce(projects.status, '') NOT IN ('trashed', 'deleted') AND projects._deleted_at IS NULL
ORDER BY moves.created_at DESC, moves.id DESC

-- Reads: card_columns, cards, projects
-- May read: card_tables, events, recording_events
-- Active columns of the card tables of active projects: how many open cards are in each, and since when.
WITH places AS (
    SELECT id, id AS column_id FROM card_columns
    UNION ALL
    SELECT on_hold_id, id FROM card_columns WHERE on_hold_id IS NOT NULL
),

told AS (
    SELECT recording_id, created_at
    FROM events
    WHERE (event_type = 'card.created' OR (event_type = 'card.moved' AND column_id <> previous_column_id))
        AND _deleted_at IS NULL
    UNION ALL
    SELECT recording_id, created_at
    FROM recording_events
    LEFT JOIN places AS origins ON origins.id = previous_parent_id
    LEFT JOIN places AS targets ON targets.id = new_parent_id
    WHERE _deleted_at IS NULL AND (
        action = 'created' OR new_parent_id IS NOT NULL
        AND coalesce(targets.column_id, new_parent_id) <> coalesce(origins.column_id, previous_parent_id, 0)
    )
),

arrivals AS (
    SELECT recording_id, max(created_at) AS arrived_at
    FROM told
    GROUP BY recording_id
),

counts AS (
    SELECT
        column_id,
        count(*) AS cards,
        count(CASE WHEN parent_type = 'Kanban::OnHold' THEN 1 END) AS on_hold,
        count(CASE WHEN due_on < current_date THEN 1 END) AS overdue,
        min(created_at) AS oldest,
        count(arrived_at) AS arrived,
        min(arrived_at) AS first_arrived
    FROM cards
    LEFT JOIN arrivals ON arrivals.recording_id = cards.id
    WHERE status = 'active' AND completed IS NOT TRUE AND _deleted_at IS NULL
    GROUP BY column_id
)

SELECT
    card_columns.id AS column_id, -- Id of the column.
    card_columns.title AS card_column, -- Title of the column.
    card_columns.card_table_id, -- Id of the card table.
    coalesce(card_tables.title, card_columns.parent ->> 'title') AS card_table, -- Title of the card table.
    card_columns.project_id, -- Id of the project.
    projects.name AS project, -- Name of the project.
    card_columns.position, -- Place of the column in its card table, as Basecamp counts it.
    card_columns.type, -- Kind of column as Basecamp names it, such as Kanban::Triage or Kanban::DoneColumn.
    coalesce(counts.cards, 0) AS open_cards, -- Number of open cards in the column, also those on hold.
    coalesce(counts.on_hold, 0) AS on_hold, -- Number of its open cards that are on hold.
    coalesce(counts.overdue, 0) AS overdue_cards, -- Number of its open cards whose due date is over.
    CAST(
        counts.oldest AS date
    ) AS oldest_created_on, -- Day the oldest of its open cards was created; null if it has none.
    card_columns.app_url, -- Web page of the column in Basecamp.
    coalesce(counts.arrived, 0) AS known_arrivals, -- Number of its open cards whose arrival is known.
    CAST(
        current_date - CAST(counts.first_arrived AS date) AS int
    ) AS longest_days_here -- Days since the first of these came into the column; null if there are none.
FROM card_columns
JOIN projects ON projects.id = card_columns.project_id
LEFT JOIN card_tables ON card_tables.id = card_columns.card_table_id
LEFT JOIN counts ON counts.column_id = card_columns.id
WHERE card_columns.status = 'active' AND projects.status = 'active'
    AND card_columns._deleted_at IS NULL AND projects._deleted_at IS NULL
ORDER BY projects.name, card_columns.project_id, card_columns.card_table_id, card_columns.position, card_columns.id

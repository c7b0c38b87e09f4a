-- Reads: todos, projects
-- May read: cards, todolists, card_columns, people
-- To-dos and cards that were completed after the day they were due, and open ones that are overdue.
-- Completed ones count whatever has become of them, unless they were trashed or deleted; open ones in active projects.
WITH work AS (
    SELECT
        'todos' AS kind, id, title, project_id, bucket, list_id, CAST(NULL AS bigint) AS column_id, parent, assignees,
        due_on, completed, completed_at, completed_by_id, completion, status, app_url
    FROM todos
    WHERE _deleted_at IS NULL
    UNION ALL
    SELECT
        'cards', id, title, project_id, bucket, NULL, column_id, parent, assignees,
        due_on, completed, completed_at, completed_by_id, completion, status, app_url
    FROM cards
    WHERE _deleted_at IS NULL
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
    work.column_id, -- Id of the column of a card; null for a to-do.
    CASE
        WHEN work.column_id IS NOT NULL THEN coalesce(card_columns.title, work.parent ->> 'title')
    END AS card_column, -- Title of the column of a card; null for a to-do.
    (
        SELECT string_agg(coalesce(people.name, (work.assignees -> place.n) ->> 'name'), ', ' ORDER BY place.n)
        FROM generate_series(0, CAST(
            CASE WHEN CAST(work.assignees AS text) LIKE '[%' THEN json_array_length(CAST(work.assignees AS json)) END
        AS int) - 1) AS place (n)
        LEFT JOIN people ON people.id = CASE
            WHEN ((work.assignees -> place.n) ->> 'id') ~ '^[0-9]{1,18}$'
                THEN CAST((work.assignees -> place.n) ->> 'id' AS bigint)
        END
    ) AS assignees, -- Names of the people it is assigned to, in Basecamp's order; null if nobody is.
    work.due_on, -- Day it was due.
    CASE
        WHEN work.completed THEN work.completed_at
    END AS completed_at, -- When it was completed; null while it is open.
    CAST(
        CASE WHEN work.completed THEN CAST(work.completed_at AS date) ELSE current_date END - work.due_on AS int
    ) AS days_late, -- Days from the day it was due to the day it was completed, or to today while it is open.
    CASE WHEN work.completed THEN work.completed_by_id END AS completed_by_id, -- Id of the person who completed it.
    CASE
        WHEN work.completed THEN coalesce(completers.name, (work.completion -> 'creator') ->> 'name')
    END AS completed_by, -- Name of the person who completed it; null while it is open.
    work.app_url -- Web page of the to-do or card in Basecamp.
FROM work
LEFT JOIN projects ON projects.id = work.project_id
LEFT JOIN todolists ON todolists.id = work.list_id
LEFT JOIN card_columns ON card_columns.id = work.column_id
LEFT JOIN people AS completers ON completers.id = work.completed_by_id
WHERE projects._deleted_at IS NULL
    AND CASE
        WHEN work.completed
            THEN CAST(work.completed_at AS date) > work.due_on AND work.status NOT IN ('trashed', 'deleted')
                AND coalesce(projects.status, '') NOT IN ('trashed', 'deleted')
        ELSE work.due_on < current_date AND work.status = 'active' AND projects.status = 'active'
    END
ORDER BY days_late DESC, work.due_on, work.kind, work.id

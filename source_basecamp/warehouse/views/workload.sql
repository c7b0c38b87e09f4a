-- Reads: projects, todos, cards, steps
-- May read: people
-- People with open to-dos, cards or steps in active projects, and how many. What is assigned to two counts for both.
WITH work AS (
    SELECT 'todos' AS kind, id, project_id, due_on, assignees, completed, status, _deleted_at FROM todos
    UNION ALL SELECT 'cards', id, project_id, due_on, assignees, completed, status, _deleted_at FROM cards
    UNION ALL SELECT 'steps', id, project_id, due_on, assignees, completed, status, _deleted_at FROM steps
),

assignments AS (
    SELECT
        work.kind,
        work.id,
        work.due_on,
        CASE
            WHEN ((work.assignees -> place.n) ->> 'id') ~ '^[0-9]{1,18}$'
                THEN CAST((work.assignees -> place.n) ->> 'id' AS bigint)
        END AS person_id,
        (work.assignees -> place.n) ->> 'name' AS name
    FROM work
    JOIN projects ON projects.id = work.project_id
    CROSS JOIN LATERAL generate_series(0, CAST(
        CASE WHEN CAST(work.assignees AS text) LIKE '[%' THEN json_array_length(CAST(work.assignees AS json)) END
    AS int) - 1) AS place (n)
    WHERE work.status = 'active' AND projects.status = 'active' AND work.completed IS NOT TRUE
        AND work._deleted_at IS NULL AND projects._deleted_at IS NULL
)

SELECT
    assignments.person_id, -- Id of the person.
    coalesce(max(people.name), max(assignments.name)) AS person, -- Name of the person.
    count(
        DISTINCT CASE WHEN assignments.kind = 'todos' THEN assignments.id END
    ) AS open_todos, -- Number of open to-dos.
    count(
        DISTINCT CASE WHEN assignments.kind = 'cards' THEN assignments.id END
    ) AS open_cards, -- Number of open cards.
    count(
        DISTINCT CASE WHEN assignments.kind = 'steps' THEN assignments.id END
    ) AS open_steps, -- Number of open steps.
    count(
        DISTINCT CASE WHEN assignments.due_on < current_date THEN assignments.id END
    ) AS overdue, -- Number of these to-dos, cards and steps whose due date is over.
    min(
        CASE WHEN assignments.due_on >= current_date THEN assignments.due_on END
    ) AS next_due_on -- Nearest day, from today on, that something is due; null if nothing is.
FROM assignments
LEFT JOIN people ON people.id = assignments.person_id
WHERE assignments.person_id IS NOT NULL
GROUP BY assignments.person_id
ORDER BY overdue DESC, person, assignments.person_id

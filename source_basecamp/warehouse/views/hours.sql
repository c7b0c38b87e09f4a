-- Reads: timesheet_entries, projects
-- May read: people, todos, cards
-- Time entries, also those of archived projects. Only what was trashed or deleted is left out.
SELECT
    entries.id, -- Id of the time entry.
    entries.date, -- Day the time was spent.
    entries.hours_decimal AS hours, -- Hours spent, as a number; null where Basecamp sends something else.
    entries.person_id, -- Id of the person who spent the time.
    coalesce(people.name, entries.person ->> 'name') AS person, -- Name of the person who spent the time.
    entries.project_id, -- Id of the project.
    coalesce(projects.name, entries.bucket ->> 'name') AS project, -- Name of the project.
    projects.client_company_id, -- Id of the client's company that is set for the project; null if none is.
    projects.client_company ->> 'name' AS client_company, -- Name of that company.
    entries.parent_type AS spent_on_type, -- Type of what the time was spent on, such as Todo.
    entries.parent_id AS spent_on_id, -- Id of what the time was spent on.
    coalesce(
        todos.title, cards.title, entries.parent ->> 'title'
    ) AS spent_on, -- Title of what the time was spent on.
    entries.description, -- Note on the time; empty or null when there is none.
    entries.created_at, -- When the entry was made.
    entries.app_url -- Web page of the entry in Basecamp.
FROM timesheet_entries AS entries
LEFT JOIN projects ON projects.id = entries.project_id
LEFT JOIN people ON people.id = entries.person_id
LEFT JOIN todos ON todos.id = entries.parent_id
LEFT JOIN cards ON cards.id = entries.parent_id
WHERE entries.status NOT IN ('trashed', 'deleted') AND entries._deleted_at IS NULL
    AND coalesce(projects.status, '') NOT IN ('trashed', 'deleted') AND projects._deleted_at IS NULL
ORDER BY entries.date DESC, entries.id

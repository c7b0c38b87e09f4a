-- Reads: time_entries, projects
-- May read: people, companies, todo_items
-- Time entries, whatever has become of their projects. Only what Basecamp no longer lists is left out.
SELECT
    entries.id, -- Id of the time entry.
    entries.date, -- Day the time was spent.
    entries.hours_decimal AS hours, -- Hours spent.
    entries.person_id, -- Id of the person who spent the time.
    coalesce(
        nullif(trim(concat_ws(' ', people.first_name, people.last_name)), ''), entries.person_name
    ) AS person, -- Name of the person who spent the time.
    entries.project_id, -- Id of the project.
    projects.name AS project, -- Name of the project.
    projects.company_id, -- Id of the company that the project is done for.
    coalesce(companies.name, projects.company ->> 'name') AS company, -- Name of that company.
    entries.todo_item_id, -- Id of the to-do item that the time was spent on; null for the project as a whole.
    todo_items.content AS todo_item, -- What that item says is to be done.
    entries.description -- Note on the time; empty or null when there is none.
FROM time_entries AS entries
LEFT JOIN projects ON projects.id = entries.project_id
LEFT JOIN companies ON companies.id = projects.company_id
LEFT JOIN people ON people.id = entries.person_id
LEFT JOIN todo_items ON todo_items.id = entries.todo_item_id
WHERE entries._deleted_at IS NULL AND projects._deleted_at IS NULL
ORDER BY entries.date DESC, entries.id

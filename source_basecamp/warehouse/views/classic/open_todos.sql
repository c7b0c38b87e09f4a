-- Reads: todo_items, projects
-- May read: todo_lists, people, companies
-- To-do items of active projects that are still to be done, with the name of whoever is responsible.
SELECT
    items.id, -- Id of the to-do item.
    items.content AS title, -- What is to be done.
    CASE
        WHEN items.responsible_party_type = 'Company' THEN coalesce(companies.name, items.responsible_party_name)
        ELSE coalesce(
            nullif(trim(concat_ws(' ', people.first_name, people.last_name)), ''), items.responsible_party_name
        )
    END AS responsible, -- Name of the person or company that is responsible; null if nobody is.
    items.responsible_party_type AS responsible_type, -- Who is responsible: Person or Company; null if nobody is.
    items.responsible_party_id AS responsible_id, -- Id of that person or company; null if nobody is.
    todo_lists.name AS list, -- Name of its list; null where to-do lists are not loaded.
    projects.name AS project, -- Name of the project.
    items.due_on, -- Day it is due; null when no due date is set.
    CASE
        WHEN items.due_on < current_date THEN CAST(current_date - items.due_on AS int) ELSE 0
    END AS days_overdue, -- Days since it was due; 0 if it is not overdue.
    coalesce(
        items.created_at, items.created_on
    ) AS created_at, -- When it was created; midnight UTC where Classic tells only the day.
    items.updated_at, -- When it last changed.
    items.project_id, -- Id of the project.
    items.todo_list_id AS list_id, -- Id of its list.
    items.creator_id, -- Id of the person who created it.
    coalesce(
        nullif(trim(concat_ws(' ', creators.first_name, creators.last_name)), ''), items.creator_name
    ) AS creator -- Name of the person who created it.
FROM todo_items AS items
JOIN projects ON projects.id = items.project_id
LEFT JOIN todo_lists ON todo_lists.id = items.todo_list_id
LEFT JOIN people ON people.id = items.responsible_party_id AND items.responsible_party_type = 'Person'
LEFT JOIN companies ON companies.id = items.responsible_party_id AND items.responsible_party_type = 'Company'
LEFT JOIN people AS creators ON creators.id = items.creator_id
WHERE projects.status = 'active' AND items.completed IS NOT TRUE
    AND items._deleted_at IS NULL AND projects._deleted_at IS NULL
ORDER BY items.due_on NULLS LAST, items.id

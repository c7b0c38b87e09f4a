-- Reads: project_people, projects
-- May read: people
-- Who can open which project, of the active and the archived ones.
SELECT
    members.project_id, -- Id of the project.
    projects.name AS project, -- Name of the project.
    projects.status AS project_status, -- Whether the project is active or archived.
    members.id AS person_id, -- Id of the person.
    coalesce(people.name, members.name) AS person, -- Name of the person.
    members.email_address, -- E-mail address of the person; null or masked where the user who syncs may not see it.
    members.title, -- Job title of the person; null when not filled in.
    members.company_id, -- Id of the company of the person; null when none is set.
    members.company ->> 'name' AS company, -- Name of the company of the person; null when none is set.
    members.personable_type, -- Kind of person, such as User or Client.
    members.client, -- Whether the person takes part as a client.
    members.employee, -- Whether the person is an employee of the company that owns the account.
    members.admin, -- Whether the person is an administrator of the account.
    members.owner -- Whether the person is an owner of the account.
FROM project_people AS members
JOIN projects ON projects.id = members.project_id
LEFT JOIN people ON people.id = members.id
WHERE projects.status IN ('active', 'archived') AND projects._deleted_at IS NULL AND members._deleted_at IS NULL
ORDER BY projects.name, members.project_id, person, person_id

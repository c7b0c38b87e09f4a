-- Reads: questions, question_answers, project_people, projects
-- May read: people
-- For each active question that is not paused, and each person on its project: how often and when they last answered.
-- Basecamp does not tell whom a question asks: all users on the project are taken to be asked, and clients where the
-- question is visible to them. Nor does it tell on which days it asked: the last round is the latest day answered.
WITH answers AS (
    SELECT question_id, creator_id, coalesce(group_on, CAST(created_at AS date)) AS answered_on
    FROM question_answers
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
),

rounds AS (SELECT question_id, max(answered_on) AS last_round_on FROM answers GROUP BY question_id),

counts AS (
    SELECT question_id, creator_id, count(*) AS answers, max(answered_on) AS last_answered_on
    FROM answers
    GROUP BY question_id, creator_id
)

SELECT
    questions.id AS question_id, -- Id of the question.
    questions.title AS question, -- What is asked.
    questions.project_id, -- Id of the project.
    projects.name AS project, -- Name of the project.
    members.id AS person_id, -- Id of the person.
    coalesce(people.name, members.name) AS person, -- Name of the person.
    counts.last_answered_on, -- Latest day that the person answered the question for; null if they never have.
    CAST(
        current_date - counts.last_answered_on AS int
    ) AS days_since, -- Days since then; null if the person has never answered.
    coalesce(counts.answers, 0) AS answers, -- Number of answers of the person to the question.
    rounds.last_round_on, -- Latest day that anybody answered the question for; null if nobody has.
    coalesce(
        counts.last_answered_on = rounds.last_round_on, FALSE
    ) AS answered_last_round, -- Whether the person answered for that day.
    questions.schedule ->> 'frequency' AS frequency, -- How often the question is asked, in Basecamp's words.
    questions.app_url -- Web page of the question in Basecamp.
FROM questions
JOIN projects ON projects.id = questions.project_id
JOIN project_people AS members ON members.project_id = questions.project_id
LEFT JOIN people ON people.id = members.id
LEFT JOIN rounds ON rounds.question_id = questions.id
LEFT JOIN counts ON counts.question_id = questions.id AND counts.creator_id = members.id
WHERE questions.status = 'active' AND projects.status = 'active' AND questions.paused IS NOT TRUE
    AND questions._deleted_at IS NULL AND projects._deleted_at IS NULL AND members._deleted_at IS NULL
    AND coalesce(members.personable_type, 'User') IN ('User', 'Client')
    AND (members.client IS NOT TRUE OR questions.visible_to_clients)
ORDER BY counts.last_answered_on NULLS FIRST, questions.id, person, person_id

-- Reads: schedule_entries, projects
-- May read: people, schedule_occurrences
-- Events that are not over yet. One that repeats has a row for each time in the next 90 days, worked out by the sync.
-- One that lasts all day has dates only; the others have a beginning and an end.
SELECT
    entries.id, -- Id of the event. An event that repeats has it in several rows.
    entries.title, -- What the event is about.
    projects.name AS project, -- Name of the project.
    entries.all_day, -- Whether it lasts all day.
    entries.first_day, -- First day, in the time zone of the session.
    entries.last_day, -- Last day, in the time zone of the session.
    entries.starts_at, -- Beginning; null if it lasts all day.
    entries.ends_at, -- End; null if it lasts all day.
    (
        SELECT string_agg(coalesce(people.name, entries.participants -> place.n ->> 'name'), ', ' ORDER BY place.n)
        FROM generate_series(0, CAST(json_array_length(CAST(entries.participants AS json)) AS int) - 1) AS place (n)
        LEFT JOIN people ON people.id = CAST(entries.participants -> place.n ->> 'id' AS bigint)
    ) AS participants, -- Names of those who take part, with commas between them.
    entries.repeats, -- How often it repeats, such as every_week; null if it does not.
    CASE WHEN entries.until ~ '^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'
        THEN CAST(entries.until AS date) END AS repeats_until, -- Last day on which it may repeat; null if it goes on.
    entries.app_url, -- Address in Basecamp; of an event that repeats, that of its first occurrence.
    projects.id AS project_id, -- Id of the project.
    entries.schedule_id, -- Id of the schedule that it is on.
    CAST(greatest(entries.first_day - current_date, 0) AS int) AS days_until, -- Days until it begins; 0 once it has.
    entries.creator, -- Name of the person who created it.
    entries.highlighted, -- Whether it is highlighted on the schedule.
    entries.join_url -- Address of its video call; null if it has none.
FROM (
    SELECT
        entries.id,
        entries.title,
        entries.bucket,
        entries.participants,
        entries.app_url,
        entries.highlighted,
        entries.join_url,
        CAST(entries.parent ->> 'id' AS bigint) AS schedule_id,
        entries.creator ->> 'name' AS creator,
        entries.recurrence_schedule ->> 'frequency' AS repeats,
        entries.recurrence_schedule ->> 'end_date' AS until,
        length(entries.starts_at) = 10 AS all_day,
        times.starts_at,
        times.ends_at,
        coalesce(times.starts_on, CAST(times.starts_at AS date)) AS first_day,
        coalesce(times.ends_on, CAST(times.ends_at AS date)) AS last_day
    FROM schedule_entries AS entries
    JOIN (
        SELECT
            id,
            starts_on,
            ends_on,
            start_time AS starts_at,
            end_time AS ends_at
        FROM schedule_entries
        WHERE recurrence_schedule ->> 'frequency' IS NULL
        UNION ALL
        SELECT schedule_entry_id, starts_on, ends_on, start_time, end_time
        FROM schedule_occurrences
        WHERE coalesce(starts_on, CAST(start_time AS date)) <= current_date + 90
    ) AS times ON times.id = entries.id
    WHERE entries.status = 'active' AND entries._deleted_at IS NULL
) AS entries
JOIN projects ON projects.id = CAST(entries.bucket ->> 'id' AS bigint)
WHERE projects.status = 'active' AND projects._deleted_at IS NULL
    AND CASE WHEN entries.ends_at IS NULL THEN entries.last_day >= current_date ELSE entries.ends_at >= now() END
ORDER BY greatest(entries.first_day, current_date), entries.starts_at, entries.id

-- Reads: schedule_entries, projects
-- May read: people
-- Events that are not over yet. One that lasts all day has dates only; the others have a beginning and an end.
-- Of one that repeats, these are the times of its first occurrence, which may be over.
SELECT
    entries.id,
    entries.title,
    projects.name AS project,
    entries.all_day,
    entries.first_day,
    entries.last_day,
    entries.starts_at,
    entries.ends_at,
    (
        SELECT string_agg(coalesce(people.name, entries.participants -> place.n ->> 'name'), ', ' ORDER BY place.n)
        FROM generate_series(0, CAST(json_array_length(CAST(entries.participants AS json)) AS int) - 1) AS place (n)
        LEFT JOIN people ON people.id = CAST(entries.participants -> place.n ->> 'id' AS bigint)
    ) AS participants,
    entries.recurrence_schedule ->> 'frequency' AS repeats,
    CAST(entries.recurrence_schedule ->> 'end_date' AS date) AS repeats_until,
    entries.app_url
FROM (
    SELECT
        id,
        title,
        status,
        bucket,
        participants,
        recurrence_schedule,
        app_url,
        length(starts_at) = 10 AS all_day,
        CASE WHEN length(starts_at) > 10 THEN CAST(starts_at AS timestamptz) END AS starts_at,
        CASE WHEN length(ends_at) > 10 THEN CAST(ends_at AS timestamptz) END AS ends_at,
        CASE WHEN length(starts_at) > 10 THEN CAST(CAST(starts_at AS timestamptz) AS date)
            ELSE CAST(starts_at AS date) END AS first_day,
        CASE WHEN length(ends_at) > 10 THEN CAST(CAST(ends_at AS timestamptz) AS date)
            ELSE CAST(ends_at AS date) END AS last_day
    FROM schedule_entries
    WHERE _deleted_at IS NULL
) AS entries
JOIN projects ON projects.id = CAST(entries.bucket ->> 'id' AS bigint)
WHERE entries.status = 'active' AND projects.status = 'active' AND projects._deleted_at IS NULL
    AND CASE
        WHEN entries.recurrence_schedule ->> 'frequency' IS NOT NULL
            THEN coalesce(CAST(entries.recurrence_schedule ->> 'end_date' AS date) >= current_date, TRUE)
        WHEN entries.ends_at IS NULL THEN entries.last_day >= current_date
        ELSE entries.ends_at >= now()
    END
ORDER BY greatest(entries.first_day, current_date), entries.starts_at, entries.id

-- Reads: projects
-- May read: messages, comments, documents, question_answers, inbox_forwards, forward_replies, client_approvals
-- May read: client_correspondences, client_replies, todos, todolists, cards, schedule_entries, uploads
-- May read: external_links, gauge_needles, campfire_lines, people
-- Files: uploads, and what is attached to other records, in the tables that are loaded.
-- A file is there once for each place that it is attached at. What was trashed or deleted is left out.
WITH records AS (
    SELECT
        'messages' AS kind, content_attachments AS files, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM messages
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'comments', content_attachments, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM comments
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'documents', content_attachments, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM documents
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'question_answers', content_attachments, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM question_answers
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'inbox_forwards', content_attachments, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM inbox_forwards
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'forward_replies', content_attachments, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM forward_replies
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'client_approvals', content_attachments, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM client_approvals
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'client_correspondences', content_attachments, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM client_correspondences
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'client_replies', content_attachments, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM client_replies
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'todos', description_attachments, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM todos
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'todolists', description_attachments, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM todolists
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'cards', description_attachments, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM cards
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'schedule_entries', description_attachments, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM schedule_entries
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'uploads', description_attachments, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM uploads
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'external_links', description_attachments, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM external_links
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'gauge_needles', description_attachments, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM gauge_needles
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
    UNION ALL
    SELECT
        'campfire_lines', attachments, id, title, project_id, bucket, creator_id, creator,
        created_at, app_url, updated_at
    FROM campfire_lines
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
),

attached AS (
    SELECT
        records.kind, records.id, records.title, records.project_id, records.bucket, records.creator_id,
        records.creator, records.created_at, records.app_url, records.updated_at, place.n + 1 AS number,
        records.files -> place.n AS file
    FROM records
    CROSS JOIN LATERAL generate_series(0, CAST(
        CASE WHEN CAST(records.files AS text) LIKE '[%' THEN json_array_length(CAST(records.files AS json)) END
    AS int) - 1) AS place (n)
),

all_files AS (
    SELECT
        kind, id, title, project_id, bucket, creator_id, creator, created_at, app_url, CAST(number AS int) AS number,
        CASE WHEN (file ->> 'id') ~ '^[0-9]{1,18}$' THEN CAST(file ->> 'id' AS bigint) END AS file_id,
        file ->> 'filename' AS filename,
        file ->> 'content_type' AS content_type,
        CASE WHEN (file ->> 'byte_size') ~ '^[0-9]{1,18}$' THEN CAST(file ->> 'byte_size' AS bigint) END AS bytes,
        coalesce(file ->> 'download_url', file ->> 'url') AS download_url, updated_at
    FROM attached
    UNION ALL
    SELECT
        'uploads', id, title, project_id, bucket, creator_id, creator, created_at, app_url, 0,
        NULL, filename, content_type, byte_size, download_url, updated_at
    FROM uploads
    WHERE status NOT IN ('trashed', 'deleted') AND _deleted_at IS NULL
)

SELECT
    all_files.kind, -- Table of the record that the file is, or is attached to, such as uploads or comments.
    all_files.id AS record_id, -- Id of that record.
    all_files.number, -- Place of the file in the record, counting from 1; 0 for an upload itself.
    all_files.file_id, -- Id of the attachment; null for uploads and files of chats, which have none.
    all_files.filename, -- Name of the file.
    all_files.content_type, -- Type of the file as a MIME type, such as application/pdf.
    all_files.bytes, -- Size of the file in bytes.
    all_files.title AS record, -- Title of the record.
    all_files.project_id, -- Id of the project.
    coalesce(projects.name, all_files.bucket ->> 'name') AS project, -- Name of the project.
    all_files.creator_id, -- Id of the person who created the record.
    coalesce(people.name, all_files.creator ->> 'name') AS creator, -- Name of the person who created the record.
    all_files.created_at, -- When the record was created.
    all_files.app_url, -- Web page of the record in Basecamp.
    all_files.download_url, -- Address that the file is downloaded from, with the API's token.
    all_files.updated_at -- When the record changed last.
FROM all_files
LEFT JOIN projects ON projects.id = all_files.project_id
LEFT JOIN people ON people.id = all_files.creator_id
WHERE coalesce(projects.status, '') NOT IN ('trashed', 'deleted') AND projects._deleted_at IS NULL
ORDER BY all_files.created_at DESC, all_files.id, all_files.number

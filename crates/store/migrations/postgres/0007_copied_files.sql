-- Copies of files. Twin: ../sqlite/0007_copied_files.sql, same tables and columns.

-- Under which id the bytes are kept, where it is not the file's own: a copied
-- template has records of its own and shares the bytes. They go with the last
-- record that names them.
ALTER TABLE asset ADD COLUMN bytes_id BYTEA;
CREATE INDEX asset_by_bytes ON asset (org, bytes_id) WHERE bytes_id IS NOT NULL;

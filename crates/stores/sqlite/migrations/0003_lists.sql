-- What cases are listed by. The words are those of the record's JSON form.
ALTER TABLE cases ADD COLUMN unit TEXT;
ALTER TABLE cases ADD COLUMN kind TEXT;
ALTER TABLE cases ADD COLUMN status TEXT;
ALTER TABLE cases ADD COLUMN handler TEXT;
ALTER TABLE cases ADD COLUMN series TEXT;

UPDATE cases SET unit = body ->> '$.unit', kind = body ->> '$.kind', status = body ->> '$.status',
                 handler = body ->> '$.case_handler', series = body ->> '$.series';

CREATE INDEX cases_unit ON cases (tenant, unit, year, sequence);
CREATE INDEX cases_handler ON cases (tenant, handler, year, sequence) WHERE handler IS NOT NULL;

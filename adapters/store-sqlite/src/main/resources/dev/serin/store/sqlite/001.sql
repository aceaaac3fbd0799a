-- Resources as they stand; their past is in the journal.
CREATE TABLE resources (
  kind     TEXT    NOT NULL,
  tenant   TEXT    NOT NULL,
  name     TEXT    NOT NULL,
  revision INTEGER NOT NULL,
  body     TEXT    NOT NULL,
  PRIMARY KEY (kind, tenant, name)
) STRICT;

-- The last entry of every stream. Apart from the snapshots, so that a commit does not rewrite a state.
CREATE TABLE streams (
  stream TEXT    NOT NULL PRIMARY KEY,
  head   INTEGER NOT NULL
) STRICT;

CREATE TABLE snapshots (
  stream TEXT    NOT NULL PRIMARY KEY,
  seq    INTEGER NOT NULL,
  body   TEXT    NOT NULL
) STRICT;

-- The journal. Nothing is ever updated or deleted here; position is the order of commits.
CREATE TABLE entries (
  position INTEGER PRIMARY KEY,
  stream   TEXT    NOT NULL,
  seq      INTEGER NOT NULL,
  at       TEXT    NOT NULL,
  kind     TEXT    NOT NULL,
  body     TEXT    NOT NULL,
  UNIQUE (stream, seq)
) STRICT;
